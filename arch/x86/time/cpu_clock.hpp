// SPDX-License-Identifier: MIT
// System time as a straight line over the time stamp counter of one CPU.
#pragma once

#include <atomic>

#include <arch/cpu.hpp>

#include "core/time/tick_scale.hpp"
#include "core/base/types.hpp"

namespace xenolith {

// At counter value `tsc` it was `time`; it goes on with `scale`.
struct ClockLine {
  u64 tsc = 0;
  SystemTime time;
  TickScale scale;

  // Counter values before `tsc` (another CPU's is a little behind) give `time`.
  constexpr SystemTime at(u64 counter) const {
    return static_cast<i64>(counter - tsc) < 0 ? time : time + scale.length(counter - tsc);
  }
  // When the counter has reached this, it is `moment`. The scale is not empty; at most an hour is looked ahead.
  constexpr u64 counter_at(SystemTime moment) const {
    if (moment <= time) return tsc;
    return tsc + scale.ticks(moment - time);
  }
};

// The line of one CPU, which that CPU changes with interrupts off; its interrupt handlers, NMIs too, may read at any
// moment. While one slot is written the other is valid.
class alignas(arch::cache_line_size) CpuClock {
 public:
  const ClockLine& line() const {
    return slots_[current_.load(std::memory_order_relaxed)];  // same CPU: program order is enough
  }
  void set(const ClockLine& line) {
    unsigned other = 1 - current_.load(std::memory_order_relaxed);
    slots_[other] = line;
    std::atomic_signal_fence(std::memory_order_release);  // an NMI here sees a whole line
    current_.store(other, std::memory_order_relaxed);
  }

 private:
  std::atomic<unsigned> current_{0};
  ClockLine slots_[2];
};

}  // namespace xenolith
