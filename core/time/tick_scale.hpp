// SPDX-License-Identifier: MIT
#pragma once

#include <bit>

#include "core/base/types.hpp"
#include "core/time/system_time.hpp"

namespace xenolith {

// From ticks of a counter to nanoseconds, as guests compute it: ((ticks << shift) * multiplier) >> 32, a negative shift
// being one to the right (<xen/xen.h>, "struct vcpu_time_info").
struct TickScale {
  u32 multiplier = 0;
  i8 shift = 0;

  constexpr bool operator==(const TickScale&) const = default;

  // Makes `length` of `ticks` ticks, both above 0. The multiplier uses all its bits: exact to 2^-31.
  static constexpr TickScale between(u64 ticks, Duration length) {
    using wide = unsigned __int128;
    // length / ticks = multiplier / 2^32 * 2^shift with multiplier in [2^31, 2^32)
    auto ns = static_cast<u64>(length.raw());
    int shift = static_cast<int>(std::bit_width(ns)) - static_cast<int>(std::bit_width(ticks));
    for (;; ++shift) {
      wide numerator = wide{ns} << 32, denominator = ticks;
      if (shift > 0) denominator <<= shift;
      else numerator <<= -shift;
      wide multiplier = numerator / denominator;
      if (multiplier >> 32 == 0) return {static_cast<u32>(multiplier), static_cast<i8>(shift)};
    }
  }
  static constexpr TickScale of_frequency(u64 hz) { return between(hz, seconds(1)); }

  // Ticks of less than 292 years.
  constexpr Duration length(u64 ticks) const {
    ticks = shift >= 0 ? ticks << shift : ticks >> -shift;
    return Duration{static_cast<i64>(static_cast<u64>(static_cast<unsigned __int128>(ticks) * multiplier >> 32))};
  }
  // The ticks of a length of time that is not negative; rounded up by a few, so that the time has passed after them.
  // The scale is not empty.
  constexpr u64 ticks(Duration length) const {
    auto ns = static_cast<unsigned __int128>(static_cast<u64>(length.raw()));
    unsigned __int128 shifted = ((ns << 32) + multiplier - 1) / multiplier;
    return static_cast<u64>(shift > 0 ? (shifted >> shift) + 1 : shifted << -shift);
  }
  constexpr u64 hz() const {
    if (multiplier == 0) return 0;
    auto ns = static_cast<unsigned __int128>(seconds(1).raw());
    return static_cast<u64>(((ns << (32 - shift)) + multiplier / 2) / multiplier);
  }
};

static_assert(TickScale::of_frequency(1'000'000'000) == TickScale{0x80000000, 1});
static_assert(TickScale::of_frequency(2'000'000'000) == TickScale{0x80000000, 0});
static_assert(TickScale::of_frequency(14'318'180).length(14'318'180) >= seconds(1) - nanoseconds(70));

}  // namespace xenolith
