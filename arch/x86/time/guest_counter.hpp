// SPDX-License-Identifier: MIT
// How a guest's time stamp counter follows the host's.
#pragma once

#include <algorithm>

#include "core/base/result.hpp"
#include "core/base/types.hpp"
#include "core/time/tick_scale.hpp"

namespace xenolith {

// Ticks of the guest's counter for each of the host's; 48 bits behind the point, as VMX has it. Never 0.
struct TscRatio {
  static constexpr unsigned fraction_bits = 48;
  static constexpr u64 one = u64{1} << fraction_bits;
  u64 value = one;

  constexpr bool operator==(const TscRatio&) const = default;
  constexpr bool is_one() const { return value == one; }

  // Modulo 2^64.
  constexpr u64 guest_ticks(u64 host_ticks) const {
    return is_one() ? host_ticks : static_cast<u64>(static_cast<unsigned __int128>(host_ticks) * value >> fraction_bits);
  }
  // The fewest that make so many of the guest's; at most 2^62.
  constexpr u64 host_ticks(u64 guest_ticks) const {
    constexpr u64 most = u64{1} << 62;
    if (is_one()) return std::min(guest_ticks, most);
    auto ticks = ((static_cast<unsigned __int128>(guest_ticks) << fraction_bits) + value - 1) / value;
    return ticks > most ? most : static_cast<u64>(ticks);
  }
  // What makes nanoseconds of the guest's ticks where `host` makes them of the host's.
  constexpr TickScale scale(const TickScale& host) const {
    if (is_one() || host.multiplier == 0) return host;
    // The quotient has 32 bits behind the point; those in front decide the shift.
    auto quotient = (static_cast<unsigned __int128>(host.multiplier) << (32 + fraction_bits)) / value;
    int shift = host.shift;
    for (; quotient >> 64 != 0; quotient >>= 1) ++shift;
    for (; quotient >> 63 == 0; quotient <<= 1) --shift;
    return {static_cast<u32>(quotient >> 32), static_cast<i8>(shift)};
  }
};

// What a processor can do to the counter of a guest by itself.
struct TscScaling {
  unsigned fraction_bits = 0;  // of its ratio, at most TscRatio's; 0: none
  unsigned integer_bits = 0;   // in front of the point, at most 16

  constexpr bool can(TscRatio ratio) const {
    return ratio.is_one() || (fraction_bits != 0 && (integer_bits == 16 || ratio.value >> (integer_bits + TscRatio::fraction_bits) == 0));
  }
};

// The ratio for a guest's counter of `guest_khz` where the host's has `host_khz`, as exact as the processor has it; to the last bit
// where the processor does not do it. Fails with EINVAL: out of range.
inline Result<TscRatio> make_tsc_ratio(u32 guest_khz, u32 host_khz, const TscScaling& scaling) {
  if (guest_khz == 0 || host_khz == 0 || guest_khz / host_khz >= 1u << 16) return Failure{XEN_EINVAL};
  auto value = static_cast<u64>((static_cast<unsigned __int128>(guest_khz) << TscRatio::fraction_bits) / host_khz);
  if (scaling.fraction_bits) value &= ~u64{0} << (TscRatio::fraction_bits - scaling.fraction_bits);
  if (value == 0) return Failure{XEN_EINVAL};
  return TscRatio{value};
}

// guest = host * ratio + offset, modulo 2^64.
struct GuestCounter {
  TscRatio ratio;
  u64 offset = 0;

  constexpr u64 at(u64 host) const { return ratio.guest_ticks(host) + offset; }
  // The same counter, that reads `guest` when the host's reads `host`.
  constexpr GuestCounter set(u64 guest, u64 host) const { return {ratio, guest - ratio.guest_ticks(host)}; }
  // The same value when the host's counter reads `host`; from there on with another ratio.
  constexpr GuestCounter with(TscRatio changed, u64 host) const { return GuestCounter{changed, 0}.set(at(host), host); }
  // What the host's counter, which reads `host`, will read when the guest's reads `guest`; `host` if that is over.
  constexpr u64 host_at(u64 guest, u64 host) const {
    u64 ahead = guest - at(host);
    return static_cast<i64>(ahead) <= 0 ? host : host + ratio.host_ticks(ahead);
  }
};

}  // namespace xenolith
