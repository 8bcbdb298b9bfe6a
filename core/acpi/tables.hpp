// SPDX-License-Identifier: MIT
// The machine's ACPI tables: found, checked, looked up by signature.
// Source: ACPI Specification 6.4, section 5.2 "ACPI System Description Tables".
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/physical_reader.hpp"
#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {

// One table whose length and checksum are right. `bytes` is the whole of it, header included.
struct AcpiTable {
  static constexpr u64 header_size = 36;

  MachineAddress address;
  std::span<const u8> bytes;

  std::string_view signature() const { return {reinterpret_cast<const char*>(bytes.data()), 4}; }
  u8 revision() const { return peek<u8>(bytes, 8); }
};

// Sum of all bytes modulo 256: zero in a table that is intact.
u8 acpi_sum(std::span<const u8> bytes);

// Looks for the RSDP where BIOSes put it: the first KiB of the extended BIOS data area, then 0xe0000 to 0xfffff.
// Fails with ENOENT. Source: section 5.2.5.1 "Finding the RSDP on IA-PC Systems".
Result<MachineAddress> find_rsdp(const PhysicalReader& memory);

class AcpiTables {
 public:
  static constexpr size_t capacity = 128;
  // Longer ones are taken for damaged.
  static constexpr u32 max_table_size = 16 << 20;

  // Reads the directory (XSDT, or RSDT where there is none) that the RSDP at `rsdp` names and checks all tables. Those
  // that are damaged are reported as warnings and left out. `memory` must keep the bytes valid for as long as the result
  // is used. Errors: EINVAL no RSDP there, or neither directory is intact; EFAULT it cannot be read.
  static Result<AcpiTables> read(const PhysicalReader& memory, MachineAddress rsdp);

  // The table with this signature, the `nth` of several. Neither DSDT nor FACS: they hang off the FADT.
  std::optional<AcpiTable> find(std::string_view signature, size_t nth = 0) const;
  bool has(std::string_view signature) const { return find(signature).has_value(); }
  std::span<const AcpiTable> all() const { return {tables_.data(), count_}; }
  // The RSDP's.
  std::string_view oem_id() const { return {oem_id_.data(), oem_id_.size()}; }

 private:
  AcpiTables() = default;
  Result<void> read_directory(const PhysicalReader& memory, MachineAddress address, std::string_view signature);
  void add(const PhysicalReader& memory, MachineAddress address);

  std::array<AcpiTable, capacity> tables_{};
  size_t count_ = 0;
  std::array<char, 6> oem_id_{};
};

// The table at `address`, checked. Errors: EFAULT cannot be read; EINVAL length or checksum is wrong.
Result<AcpiTable> read_acpi_table(const PhysicalReader& memory, MachineAddress address);

}  // namespace xenolith
