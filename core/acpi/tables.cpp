// SPDX-License-Identifier: MIT
#include "core/acpi/tables.hpp"

#include <algorithm>

#include "core/base/log.hpp"

namespace xenolith {
namespace {

using Bytes = std::span<const u8>;

// The RSDP. Section 5.2.5.3 "Root System Description Pointer (RSDP) Structure".
constexpr std::string_view rsdp_signature = "RSD PTR ";
constexpr u64 rsdp_size_1 = 20, rsdp_size_2 = 36;
constexpr u64 rsdp_oem_at = 9, rsdp_revision_at = 15, rsdp_rsdt_at = 16, rsdp_length_at = 20, rsdp_xsdt_at = 24;
constexpr u64 max_rsdp_size = 4096;

bool starts_with(Bytes bytes, std::string_view text) {
  return std::string_view{reinterpret_cast<const char*>(bytes.data()), bytes.size()}.starts_with(text);
}

bool is_rsdp(Bytes bytes) {
  return bytes.size() >= rsdp_size_1 && starts_with(bytes, rsdp_signature) && acpi_sum(bytes.first(rsdp_size_1)) == 0;
}

// The RSDP's bytes: 20, or all of them when it has the second part.
Result<Bytes> read_rsdp(const PhysicalReader& memory, MachineAddress address) {
  Bytes first = TRY(memory.bytes(address, rsdp_size_1));
  if (!is_rsdp(first)) return Failure{XEN_EINVAL};
  if (peek<u8>(first, rsdp_revision_at) < 2) return first;
  u32 length = TRY(memory.read<u32>(address + rsdp_length_at));
  if (length < rsdp_size_2 || length > max_rsdp_size) return Failure{XEN_EINVAL};
  Bytes whole = TRY(memory.bytes(address, length));
  if (!is_rsdp(whole) || acpi_sum(whole) != 0) return Failure{XEN_EINVAL};
  return whole;
}

Result<MachineAddress> scan(const PhysicalReader& memory, MachineAddress start, u64 length) {
  constexpr u64 step = 16;
  Bytes area = TRY(memory.bytes(start, length));
  for (u64 at = 0; at + rsdp_size_1 <= area.size(); at += step)
    if (is_rsdp(area.subspan(at))) return start + at;
  return Failure{XEN_ENOENT};
}

}  // namespace

u8 acpi_sum(Bytes bytes) {
  u8 sum = 0;
  for (u8 byte : bytes) sum = static_cast<u8>(sum + byte);
  return sum;
}

Result<MachineAddress> find_rsdp(const PhysicalReader& memory) {
  constexpr MachineAddress ebda_segment{0x40e}, rom{0xe0000};
  constexpr u64 ebda_searched = 1024, rom_size = 0x20000;
  u64 ebda = u64{memory.read<u16>(ebda_segment).value_or(0)} << 4;
  if (ebda != 0)
    if (Result<MachineAddress> found = scan(memory, MachineAddress{ebda}, ebda_searched)) return found;
  if (Result<MachineAddress> found = scan(memory, rom, rom_size)) return found;
  return Failure{XEN_ENOENT};
}

Result<AcpiTable> read_acpi_table(const PhysicalReader& memory, MachineAddress address) {
  Bytes header = TRY(memory.bytes(address, AcpiTable::header_size));
  u32 length = peek<u32>(header, 4);
  if (length < AcpiTable::header_size || length > AcpiTables::max_table_size) return Failure{XEN_EINVAL};
  AcpiTable table{address, TRY(memory.bytes(address, length))};
  if (acpi_sum(table.bytes) != 0) return Failure{XEN_EINVAL};
  return table;
}

Result<AcpiTables> AcpiTables::read(const PhysicalReader& memory, MachineAddress address) {
  Bytes rsdp = TRY(read_rsdp(memory, address));
  AcpiTables tables;
  std::copy_n(rsdp.begin() + rsdp_oem_at, tables.oem_id_.size(), tables.oem_id_.begin());
  MachineAddress xsdt{rsdp.size() >= rsdp_size_2 ? peek<u64>(rsdp, rsdp_xsdt_at) : 0};
  if (xsdt != MachineAddress{}) {
    if (tables.read_directory(memory, xsdt, "XSDT")) return tables;
    log_warning("ACPI: XSDT at {:#x} is damaged, using the RSDT", xsdt);
  }
  TRY(tables.read_directory(memory, MachineAddress{peek<u32>(rsdp, rsdp_rsdt_at)}, "RSDT"));
  return tables;
}

Result<void> AcpiTables::read_directory(const PhysicalReader& memory, MachineAddress address,
                                        std::string_view signature) {
  AcpiTable directory = TRY(read_acpi_table(memory, address));
  if (directory.signature() != signature) return Failure{XEN_EINVAL};
  u64 width = signature == "XSDT" ? 8 : 4;
  for (u64 at = AcpiTable::header_size; at + width <= directory.bytes.size(); at += width)
    add(memory, MachineAddress{width == 8 ? peek<u64>(directory.bytes, at) : peek<u32>(directory.bytes, at)});
  return {};
}

void AcpiTables::add(const PhysicalReader& memory, MachineAddress address) {
  if (address == MachineAddress{}) return;
  Result<AcpiTable> table = read_acpi_table(memory, address);
  if (table.failed()) return log_warning("ACPI: table at {:#x} is damaged, left out", address);
  if (count_ == tables_.size()) return log_warning("ACPI: too many tables, {} left out", table->signature());
  tables_[count_++] = *table;
}

std::optional<AcpiTable> AcpiTables::find(std::string_view signature, size_t nth) const {
  for (const AcpiTable& table : all())
    if (table.signature() == signature && nth-- == 0) return table;
  return std::nullopt;
}

}  // namespace xenolith
