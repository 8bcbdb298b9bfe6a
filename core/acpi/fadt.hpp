// SPDX-License-Identifier: MIT
// The FADT: fixed hardware (power management timer and control, reset), and where DSDT and FACS are.
// Source: ACPI Specification 6.4, section 5.2.9 "Fixed ACPI Description Table (FADT)".
#pragma once

#include "core/acpi/tables.hpp"
#include "core/base/bits.hpp"

namespace xenolith {

// A register in some address space. Source: section 5.2.3.2 "Generic Address Structure".
struct GenericAddress {
  enum class Space : u8 { memory = 0, io = 1, pci_configuration = 2 };
  Space space;
  u8 bit_width;
  u64 address;  // zero: there is no such register

  explicit operator bool() const { return address != 0; }
  static GenericAddress at(std::span<const u8> bytes, u64 offset) {
    return {static_cast<Space>(peek<u8>(bytes, offset)), peek<u8>(bytes, offset + 1), peek<u64>(bytes, offset + 4)};
  }
};

// Fields behind the end of an older, shorter table read as zero.
class Fadt {
 public:
  // Fails with EINVAL when the table is shorter than ACPI 1.0's.
  static Result<Fadt> create(const AcpiTable& table) {
    if (table.signature() != "FACP" || table.bytes.size() < 116) return Failure{XEN_EINVAL};
    return Fadt{table};
  }

  const AcpiTable& table() const { return table_; }
  MachineAddress facs() const { return either(132, 36); }
  MachineAddress dsdt() const { return either(140, 40); }
  u16 sci_interrupt() const { return peek<u16>(table_.bytes, 46); }
  u16 smi_command_port() const { return static_cast<u16>(peek<u32>(table_.bytes, 48)); }
  u8 acpi_enable_value() const { return peek<u8>(table_.bytes, 52); }
  u8 acpi_disable_value() const { return peek<u8>(table_.bytes, 53); }

  // Register blocks: the X_ field where it is filled in, else the old port.
  GenericAddress pm1a_event() const { return block(148, 56, 88); }
  GenericAddress pm1b_event() const { return block(160, 60, 88); }
  GenericAddress pm1a_control() const { return block(172, 64, 89); }
  GenericAddress pm1b_control() const { return block(184, 68, 89); }
  GenericAddress pm_timer() const { return block(208, 76, 91); }
  // 32 or 24 significant bits.
  unsigned pm_timer_bits() const { return has_flag(8) ? 32 : 24; }
  GenericAddress sleep_control() const { return GenericAddress::at(table_.bytes, 244); }
  GenericAddress sleep_status() const { return GenericAddress::at(table_.bytes, 256); }

  // No register when the table says that reset is not supported this way.
  GenericAddress reset_register() const {
    return has_flag(10) ? GenericAddress::at(table_.bytes, 116) : GenericAddress{};
  }
  u8 reset_value() const { return peek<u8>(table_.bytes, 128); }

  bool requires_physical_destination() const { return has_flag(19); }
  bool requires_cluster_destination() const { return has_flag(18); }
  bool is_hardware_reduced() const { return has_flag(20); }
  u16 boot_flags() const { return peek<u16>(table_.bytes, 109); }
  bool has_8042() const { return (boot_flags() & bit(1)) != 0; }
  bool has_no_vga() const { return (boot_flags() & bit(2)) != 0; }
  bool has_no_msi() const { return (boot_flags() & bit(3)) != 0; }
  bool has_no_cmos_clock() const { return (boot_flags() & bit(5)) != 0; }

 private:
  explicit Fadt(const AcpiTable& table) : table_{table} {}
  bool has_flag(unsigned index) const { return (peek<u32>(table_.bytes, 112) & bit(index)) != 0; }
  MachineAddress either(u64 wide_at, u64 narrow_at) const {
    u64 wide = peek<u64>(table_.bytes, wide_at);
    return MachineAddress{wide ? wide : peek<u32>(table_.bytes, narrow_at)};
  }
  GenericAddress block(u64 wide_at, u64 port_at, u64 length_at) const {
    GenericAddress wide = GenericAddress::at(table_.bytes, wide_at);
    if (wide) return wide;
    u8 bytes = peek<u8>(table_.bytes, length_at);
    return {GenericAddress::Space::io, static_cast<u8>(bytes < 32 ? bytes * 8 : 0), peek<u32>(table_.bytes, port_at)};
  }

  AcpiTable table_;
};

// The FACS, which has no checksum: where firmware looks for the code to run after sleep.
// Source: section 5.2.10 "Firmware ACPI Control Structure (FACS)".
struct Facs {
  MachineAddress address;
  u32 length;  // bytes
  u8 version;

  // Errors: ENOENT there is none; EFAULT cannot be read; EINVAL malformed.
  static Result<Facs> read(const PhysicalReader& memory, const Fadt& fadt) {
    if (fadt.facs() == MachineAddress{}) return Failure{XEN_ENOENT};
    std::span<const u8> head = TRY(memory.bytes(fadt.facs(), 36));
    u32 length = peek<u32>(head, 4);
    if (text_of(head.first(4)) != "FACS" || length < 36) return Failure{XEN_EINVAL};
    return Facs{fadt.facs(), length, peek<u8>(head, 32)};
  }
  MachineAddress waking_vector() const { return address + 12; }    // 32 bits: real-mode address
  MachineAddress x_waking_vector() const { return address + 24; }  // 64 bits: for protected mode
};

}  // namespace xenolith
