// SPDX-License-Identifier: MIT
#pragma once

#include "core/time/tick_scale.hpp"
#include "core/base/bits.hpp"

namespace xenolith {

// A counter of fewer than 64 bits, made wide by looking at it often enough. No lock: the owner has one.
class WrappingCounter {
 public:
  constexpr WrappingCounter() = default;
  // `bits` from 8 to 64; the counter reads `start` at time `time`.
  constexpr WrappingCounter(unsigned bits, u64 hz, u64 start, SystemTime time)
      : mask_{bits == 64 ? ~u64{0} : bit(bits) - 1}, last_{start}, scale_{TickScale::of_frequency(hz)}, origin_{time} {}

  // The time when the counter reads `value`. `since` is how long ago the last look was by another clock (of, say, 10 %
  // error): whole turns that have been missed (the machine was stopped) are made up for with it; zero if there is none.
  constexpr SystemTime look(u64 value, Duration since) {
    u64 step = (value - last_) & mask_;
    last_ = value;
    total_ += step + missed_turns(step, since) * (mask_ + 1);
    return origin_ + scale_.length(total_);
  }
  // How long a turn takes: look twice as often. The longest there is for 64 bits.
  constexpr Duration turn() const {
    if (mask_ >> 48) return Duration::max();
    return scale_.length(mask_);
  }

 private:
  constexpr u64 missed_turns(u64 step, Duration since) const {
    if (mask_ >> 48 || since <= turn() / 2) return 0;
    u64 expected = scale_.ticks(since);
    if (expected <= step) return 0;
    return (expected - step + (mask_ >> 1)) / (mask_ + 1);
  }

  u64 mask_ = ~u64{0};
  u64 last_ = 0;
  u64 total_ = 0;
  TickScale scale_;
  SystemTime origin_;
};

}  // namespace xenolith
