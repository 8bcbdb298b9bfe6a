// SPDX-License-Identifier: MIT
// LocalVector: an entry of the local vector table, and other bits of local APIC registers.
// Source: Intel SDM volume 3, "Local Vector Table".
#pragma once

#include "arch/x86/vapic/apic_message.hpp"
#include "arch/x86/vapic/apic_timer.hpp"
#include "core/base/bits.hpp"

namespace xenolith::vapic {

class LocalVector {
 public:
  static constexpr u32 mask_bit = 1u << 16;

  constexpr explicit LocalVector(u32 word) : word_{word} {}

  constexpr Vector vector() const { return Vector{static_cast<u8>(Bits<7, 0>::get(word_))}; }
  constexpr DeliveryMode mode() const { return static_cast<DeliveryMode>(Bits<10, 8>::get(word_)); }
  constexpr bool is_masked() const { return (word_ & mask_bit) != 0; }
  constexpr ApicTimer::Mode timer_mode() const { return static_cast<ApicTimer::Mode>(Bits<18, 17>::get(word_)); }

 private:
  u32 word_;
};

inline constexpr u32 spurious_enable = 1u << 8;
inline constexpr u32 spurious_suppress_broadcast = 1u << 12;

// The interrupt command register's lower half.
class InterruptCommand {
 public:
  static constexpr u32 delivery_status = 1u << 12;  // read-only, always idle here

  constexpr explicit InterruptCommand(u32 word) : word_{word} {}

  constexpr Vector vector() const { return Vector{static_cast<u8>(Bits<7, 0>::get(word_))}; }
  constexpr DeliveryMode mode() const { return static_cast<DeliveryMode>(Bits<10, 8>::get(word_)); }
  constexpr bool is_logical() const { return Bits<11>::get(word_); }
  constexpr bool is_assert() const { return Bits<14>::get(word_); }
  constexpr bool is_level() const { return Bits<15>::get(word_); }
  constexpr Shorthand shorthand() const { return static_cast<Shorthand>(Bits<19, 18>::get(word_)); }

 private:
  u32 word_;
};

}  // namespace xenolith::vapic
