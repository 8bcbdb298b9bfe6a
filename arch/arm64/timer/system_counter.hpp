// SPDX-License-Identifier: MIT
// SystemCounter: system time as a straight line over the machine's counter, which runs at one rate for all CPUs.
// Source: ARM Architecture Reference Manual (DDI 0487), "The Generic Timer", "The system counter".
#pragma once

#include <algorithm>

#include "core/time/tick_scale.hpp"

namespace xenolith::timer {

class SystemCounter {
 public:
  constexpr SystemCounter() = default;
  // It is time zero when the counter reads `start`. `hz` is above 0.
  constexpr SystemCounter(u64 start, u64 hz) : start_{start}, scale_{TickScale::of_frequency(hz)} {}

  constexpr bool is_there() const { return scale_.multiplier != 0; }
  constexpr u64 hz() const { return scale_.hz(); }
  // Values before the start give zero.
  constexpr SystemTime at(u64 count) const {
    return static_cast<i64>(count - start_) < 0 ? SystemTime{} : SystemTime{} + scale_.length(count - start_);
  }
  // The counter's value at `moment`, at most an hour from `now`; rounded up, so that the moment has come then.
  constexpr u64 count_at(SystemTime moment, SystemTime now) const {
    SystemTime near = std::min(moment, now + seconds(3600));
    return near <= SystemTime{} ? start_ : start_ + scale_.ticks(near - SystemTime{});
  }
  constexpr u64 ticks(Duration length) const { return scale_.ticks(length); }
  // When the counter reaches `count`; never() when that is years away, a moment in the past when it has.
  constexpr SystemTime when(u64 count, u64 now) const {
    if (now >= count) return at(count);
    constexpr u64 farthest = u64{1} << 56;
    return count - now > farthest ? SystemTime::never() : at(count);
  }

 private:
  u64 start_ = 0;
  TickScale scale_;
};

}  // namespace xenolith::timer
