// SPDX-License-Identifier: MIT
// RedirectionEntry: what an IO-APIC does with one interrupt line.
// Source: Intel 82093AA data sheet, "I/O Redirection Table Registers"; destination bits 55:49 are
// XEN_HVM_CPUID_EXT_DEST_ID's in <xen/arch-x86/cpuid.h>.
#pragma once

#include "arch/x86/vapic/apic_message.hpp"
#include "core/base/bits.hpp"

namespace xenolith::vapic {

class RedirectionEntry {
 public:
  constexpr RedirectionEntry() : word_{MaskedBit::mask} {}
  constexpr explicit RedirectionEntry(u64 word) : word_{word & defined} {}

  constexpr u64 word() const { return word_; }
  constexpr Vector vector() const { return Vector{static_cast<u8>(Bits<7, 0>::get(word_))}; }
  constexpr DeliveryMode mode() const { return static_cast<DeliveryMode>(Bits<10, 8>::get(word_)); }
  constexpr bool is_logical() const { return Bits<11>::get(word_); }
  constexpr bool is_active_low() const { return Bits<13>::get(word_); }
  constexpr bool has_remote_irr() const { return RemoteIrr::get(word_); }
  constexpr bool is_level() const { return Bits<15>::get(word_); }
  constexpr bool is_masked() const { return MaskedBit::get(word_); }
  constexpr Destination destination() const {
    return {static_cast<u32>(Bits<63, 56>::get(word_) | Bits<55, 49>::get(word_) << 8), is_logical()};
  }
  constexpr InterruptMessage message() const {
    return {vector(), mode(), is_level() ? Trigger::level : Trigger::edge, destination()};
  }
  // Delivery modes that end with an EOI, so that a level-triggered one waits for it.
  constexpr bool ends_with_eoi() const {
    return is_level() && (mode() == DeliveryMode::fixed || mode() == DeliveryMode::lowest_priority);
  }

  constexpr void set_remote_irr(bool value) { word_ = RemoteIrr::set(word_, value); }
  // Software's write: read-only bits stay, and an edge-triggered entry has no remote IRR.
  constexpr void write(u64 value) {
    bool remote_irr = has_remote_irr();
    word_ = value & writable;
    set_remote_irr(remote_irr && is_level());
  }

 private:
  using RemoteIrr = Bits<14>;
  using MaskedBit = Bits<16>;
  static constexpr u64 writable =
      Bits<63, 49>::mask | MaskedBit::mask | Bits<15>::mask | Bits<13>::mask | Bits<11, 0>::mask;
  static constexpr u64 defined = writable | RemoteIrr::mask;

  u64 word_;
};

static_assert(RedirectionEntry{0xab02'0000'0000'0000}.destination().id == 0x1ab);

}  // namespace xenolith::vapic
