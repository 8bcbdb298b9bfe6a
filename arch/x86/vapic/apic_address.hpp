// SPDX-License-Identifier: MIT
// ApicAddress: by which destinations a local APIC can be reached now.
#pragma once

#include "arch/x86/vapic/apic_message.hpp"
#include "core/base/bits.hpp"

namespace xenolith::vapic {

enum class ApicMode : u8 { disabled, xapic, x2apic };

// A value of one word beside the ID, so that an APIC can publish it atomically to those who send to it.
class ApicAddress {
 public:
  // `logical` is the logical APIC ID of xAPIC mode (LDR bits 31:24), `model` DFR bits 31:28.
  static constexpr ApicAddress make(ApicId id, ApicMode mode, bool software_enabled, u8 logical, u8 model) {
    u32 word = Logical::set(u32{0}, logical);
    word = Model::set(word, model);
    word = Enabled::set(word, software_enabled);
    return {id, Mode::set(word, static_cast<u8>(mode))};
  }
  constexpr ApicAddress(ApicId id, u32 word) : id_{id}, word_{word} {}

  constexpr u32 word() const { return word_; }
  constexpr ApicId id() const { return id_; }
  constexpr ApicMode mode() const { return static_cast<ApicMode>(Mode::get(word_)); }
  // Takes fixed and lowest-priority interrupts: enabled by IA32_APIC_BASE and by the spurious-interrupt register.
  constexpr bool is_software_enabled() const { return Enabled::get(word_) && mode() != ApicMode::disabled; }

  // Does a message for `destination` reach this APIC? A physical ID is compared in full in both modes, so that a
  // processor with an ID over 255, which starts in xAPIC mode, can be started by its x2APIC ID.
  bool matches(Destination destination) const;

 private:
  using Logical = Bits<7, 0>;
  using Model = Bits<11, 8>;
  using Enabled = Bits<12>;
  using Mode = Bits<14, 13>;

  bool is_broadcast(u32 destination) const;
  bool matches_logical(u32 destination) const;

  ApicId id_;
  u32 word_;
};

// The logical x2APIC ID, which hardware derives from the ID: cluster in 31:16, member bit in 15:0.
constexpr u32 x2apic_logical_id(ApicId id) { return id.raw() >> 4 << 16 | 1u << (id.raw() & 0xf); }

static_assert(x2apic_logical_id(ApicId{0x25}) == 0x2'0020);

}  // namespace xenolith::vapic
