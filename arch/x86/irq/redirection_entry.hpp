// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/irq/irq_types.hpp"
#include "core/base/bits.hpp"

namespace xenolith::irq {

// An IO-APIC's redirection table entry: physical destination, fixed delivery.
// Source: Intel 82093AA data sheet, "IOREDTBL[23:0] - I/O Redirection Table Registers".
class RedirectionEntry {
 public:
  constexpr RedirectionEntry() = default;  // masked
  constexpr explicit RedirectionEntry(u64 raw) : raw_{raw} {}

  constexpr u64 raw() const { return raw_; }
  constexpr u32 low() const { return static_cast<u32>(raw_); }
  constexpr u32 high() const { return static_cast<u32>(raw_ >> 32); }

  constexpr Vector vector() const { return Vector{static_cast<u8>(Bits<7, 0>::get(raw_))}; }
  constexpr Polarity polarity() const { return Bits<13>::get(raw_) ? Polarity::active_low : Polarity::active_high; }
  constexpr bool remote_irr() const { return Bits<14>::get(raw_) != 0; }
  constexpr Trigger trigger() const { return Bits<15>::get(raw_) ? Trigger::level : Trigger::edge; }
  constexpr bool masked() const { return Bits<16>::get(raw_) != 0; }
  constexpr ApicId destination() const { return ApicId{static_cast<u32>(Bits<63, 56>::get(raw_))}; }

  constexpr void set_vector(Vector vector) { raw_ = Bits<7, 0>::set(raw_, vector.raw()); }
  constexpr void set_polarity(Polarity polarity) { raw_ = Bits<13>::set(raw_, polarity == Polarity::active_low); }
  constexpr void set_trigger(Trigger trigger) { raw_ = Bits<15>::set(raw_, trigger == Trigger::level); }
  constexpr void set_masked(bool masked) { raw_ = Bits<16>::set(raw_, masked); }
  constexpr void set_destination(ApicId id) { raw_ = Bits<63, 56>::set(raw_, id.raw()); }

 private:
  u64 raw_ = bit(16);
};

static_assert(RedirectionEntry{}.masked() && RedirectionEntry{u64{5} << 56}.destination() == ApicId{5});

}  // namespace xenolith::irq
