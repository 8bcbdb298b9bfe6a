// SPDX-License-Identifier: MIT
// The MADT: local APICs, I/O APICs, how ISA interrupts are wired.
// Source: ACPI Specification 6.4, section 5.2.12 "Multiple APIC Description Table (MADT)".
#pragma once

#include "core/acpi/tables.hpp"
#include "core/base/bits.hpp"

namespace xenolith {

enum class MadtType : u8 {
  local_apic = 0, io_apic = 1, interrupt_override = 2, nmi_source = 3, local_apic_nmi = 4, local_apic_address = 5,
  local_x2apic = 9, local_x2apic_nmi = 10,
};

// One entry, at least as long as its type needs; fields that another type has read as whatever lies there.
class MadtEntry {
 public:
  explicit MadtEntry(std::span<const u8> bytes) : bytes_{bytes} {}
  MadtType type() const { return static_cast<MadtType>(peek<u8>(bytes_, 0)); }
  std::span<const u8> bytes() const { return bytes_; }

  // A processor of either form (local APIC, x2APIC).
  bool is_processor() const { return type() == MadtType::local_apic || type() == MadtType::local_x2apic; }
  u32 processor_uid() const {
    return type() == MadtType::local_x2apic ? peek<u32>(bytes_, 12) : peek<u8>(bytes_, 2);
  }
  u32 apic_id() const { return type() == MadtType::local_x2apic ? peek<u32>(bytes_, 4) : peek<u8>(bytes_, 3); }
  bool is_enabled() const { return (processor_flags() & bit(0)) != 0; }
  bool is_online_capable() const { return (processor_flags() & bit(1)) != 0; }

  // io_apic
  u8 io_apic_id() const { return peek<u8>(bytes_, 2); }
  MachineAddress io_apic_address() const { return MachineAddress{peek<u32>(bytes_, 4)}; }
  Gsi io_apic_first_gsi() const { return Gsi{peek<u32>(bytes_, 8)}; }

  // interrupt_override: ISA interrupt `source_irq` arrives at `override_gsi`.
  u8 source_irq() const { return peek<u8>(bytes_, 3); }
  Gsi override_gsi() const { return Gsi{peek<u32>(bytes_, 4)}; }

  // nmi_source
  Gsi nmi_gsi() const { return Gsi{peek<u32>(bytes_, 4)}; }

  // local_apic_nmi, local_x2apic_nmi: pin `lint` (0 or 1) of the processor, or of all.
  bool nmi_is_for_all() const {
    return type() == MadtType::local_x2apic_nmi ? peek<u32>(bytes_, 4) == ~u32{0} : peek<u8>(bytes_, 2) == 0xff;
  }
  u32 nmi_processor_uid() const {
    return type() == MadtType::local_x2apic_nmi ? peek<u32>(bytes_, 4) : peek<u8>(bytes_, 2);
  }
  u8 lint() const { return peek<u8>(bytes_, type() == MadtType::local_x2apic_nmi ? 8 : 5); }

  // Polarity and trigger mode, for interrupt_override and the kinds of NMI ("MPS INTI flags", Table 5.26).
  enum class Polarity : u8 { as_bus = 0, active_high = 1, reserved = 2, active_low = 3 };
  enum class Trigger : u8 { as_bus = 0, edge = 1, reserved = 2, level = 3 };
  Polarity polarity() const { return static_cast<Polarity>(Bits<1, 0>::get(inti_flags())); }
  Trigger trigger() const { return static_cast<Trigger>(Bits<3, 2>::get(inti_flags())); }

 private:
  u32 processor_flags() const { return peek<u32>(bytes_, type() == MadtType::local_x2apic ? 8 : 4); }
  u16 inti_flags() const {
    switch (type()) {
      case MadtType::interrupt_override: return peek<u16>(bytes_, 8);
      case MadtType::local_apic_nmi: return peek<u16>(bytes_, 3);
      default: return peek<u16>(bytes_, 2);
    }
  }

  std::span<const u8> bytes_;
};

class Madt {
 public:
  static constexpr u64 entries_at = 44;

  // Fails with EINVAL when the table is too short to be one.
  static Result<Madt> create(const AcpiTable& table) {
    if (table.signature() != "APIC" || table.bytes.size() < entries_at) return Failure{XEN_EINVAL};
    return Madt{table};
  }

  const AcpiTable& table() const { return table_; }
  // The processors' local APIC registers; the 64-bit override wins.
  MachineAddress local_apic_address() const {
    MachineAddress address{peek<u32>(table_.bytes, 36)};
    for_each([&](const MadtEntry& entry) {
      if (entry.type() == MadtType::local_apic_address) address = MachineAddress{peek<u64>(entry.bytes(), 4)};
    });
    return address;
  }
  // The machine also has a pair of 8259 interrupt controllers, to be masked.
  bool has_8259() const { return (peek<u32>(table_.bytes, 40) & bit(0)) != 0; }

  // Calls `function(const MadtEntry&)` for each entry in order; stops at the first that does not fit the table, passes over
  // those too short for their type.
  template <class Function>
  void for_each(Function function) const {
    u64 at = entries_at;
    while (at + 2 <= table_.bytes.size()) {
      u8 length = peek<u8>(table_.bytes, at + 1);
      Result<std::span<const u8>> entry = slice(table_.bytes, at, length);
      if (length < 2 || entry.failed()) return;
      if (length >= smallest(peek<u8>(table_.bytes, at))) function(MadtEntry{*entry});
      at += length;
    }
  }

 private:
  explicit Madt(const AcpiTable& table) : table_{table} {}
  static constexpr u8 smallest(u8 type) {
    switch (static_cast<MadtType>(type)) {
      case MadtType::local_apic: return 8;
      case MadtType::io_apic: return 12;
      case MadtType::interrupt_override: return 10;
      case MadtType::nmi_source: return 8;
      case MadtType::local_apic_nmi: return 6;
      case MadtType::local_apic_address: return 12;
      case MadtType::local_x2apic: return 16;
      case MadtType::local_x2apic_nmi: return 12;
    }
    return 2;
  }

  AcpiTable table_;
};

}  // namespace xenolith
