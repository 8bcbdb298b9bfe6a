// SPDX-License-Identifier: MIT
// Keeping one CPU's clock with the platform timer where its time stamp counter cannot be trusted.
#pragma once

#include "arch/x86/time/cpu_clock.hpp"

namespace xenolith {

// The counter and the platform's time at the same moment.
struct TimePoint {
  u64 tsc = 0;
  SystemTime platform;
};

// The line that goes on from `now` without a step back: it meets platform time one interval (the one since `before`) later if
// the counter goes on as fast. When it is behind by more than the interval, it jumps; ahead by more, it crawls.
// `before` is earlier than `now`, in both clocks; otherwise the old line is kept.
constexpr ClockLine steer(const ClockLine& line, const TimePoint& before, const TimePoint& now) {
  i64 ticks = static_cast<i64>(now.tsc - before.tsc);
  Duration interval = now.platform - before.platform;
  if (ticks <= 0 || interval <= Duration::zero()) return line;
  SystemTime local = line.at(now.tsc);
  Duration error = now.platform - local;  // positive: we are behind
  if (error > interval) return {now.tsc, now.platform, TickScale::between(static_cast<u64>(ticks), interval)};
  constexpr i64 slowest = 10;  // percent of the true speed
  Duration target = interval + error;
  if (target < interval * slowest / 100) target = interval * slowest / 100;
  if (target <= Duration::zero()) target = nanoseconds(1);
  return {now.tsc, local, TickScale::between(static_cast<u64>(ticks), target)};
}

}  // namespace xenolith
