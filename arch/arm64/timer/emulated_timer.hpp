// SPDX-License-Identifier: MIT
// EmulatedTimer: a timer of the architecture without its hardware: the physical timer of guests.
// Source: ARM Architecture Reference Manual (DDI 0487), "The Generic Timer in AArch64 state", "Operation of the CompareValue views of the
// timers" and "... of the TimerValue views ...".
#pragma once

#include <optional>

#include "core/base/bits.hpp"

namespace xenolith::timer {

namespace control {
inline constexpr u64 enable = 1, mask = 2, condition = 4;
}

class EmulatedTimer {
 public:
  u64 control(u64 now) const { return control_ | (condition(now) ? control::condition : 0); }
  void set_control(u64 value) { control_ = value & (control::enable | control::mask); }
  u64 compare_value() const { return compare_; }
  void set_compare_value(u64 value) { compare_ = value; }
  // How far away it is, in 32 bits; negative when it is past.
  u64 timer_value(u64 now) const { return (compare_ - now) & 0xffff'ffff; }
  void set_timer_value(u64 now, u64 value) { compare_ = now + static_cast<u64>(static_cast<i64>(static_cast<i32>(value))); }

  // The interrupt's line.
  bool line(u64 now) const { return condition(now) && !(control_ & control::mask); }
  // The counter's value at which the line rises, if it is not asserted and will be by itself.
  std::optional<u64> next(u64 now) const {
    if (control_ != control::enable || condition(now)) return std::nullopt;
    return compare_;
  }

 private:
  // An unsigned comparison: a value "far behind" is one that will be reached in a very long time.
  bool condition(u64 now) const { return (control_ & control::enable) && now >= compare_; }

  u64 control_ = 0;
  u64 compare_ = 0;
};

}  // namespace xenolith::timer
