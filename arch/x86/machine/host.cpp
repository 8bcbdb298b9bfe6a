// SPDX-License-Identifier: MIT
#include "arch/x86/machine/host.hpp"

#include "core/paging/page_table.hpp"
#include "core/base/log.hpp"

namespace xenolith::machine {
namespace {

constinit BootInformation information;

class MappingReader final : public PhysicalReader {
 public:
  Result<std::span<const u8>> bytes(MachineAddress address, u64 length) const override {
    if (length == 0) return std::span<const u8>{};
    if (address.raw() + length < address.raw() || address.raw() + length > MemoryMap::address_limit) return Failure{XEN_EFAULT};
    Result<void*> mapped = mm::map_read_only(address, length);
    if (!mapped) return Failure{XEN_EFAULT};
    return std::span<const u8>{static_cast<const u8*>(*mapped), length};
  }
};
constinit MappingReader reader;

alignas(AcpiTables) constinit std::byte acpi_storage[sizeof(AcpiTables)]{};
constinit const AcpiTables* tables = nullptr;

}  // namespace

BootInformation& boot_information() { return information; }
const MemoryMap& memory_map() { return information.memory; }
const AcpiTables* acpi() { return tables; }
const PhysicalReader& physical_reader() { return reader; }

Result<void> read_acpi() {
  MachineAddress rsdp = information.rsdp;
  if (rsdp == MachineAddress{}) rsdp = TRY(find_rsdp(reader));
  tables = new (acpi_storage) AcpiTables(TRY(AcpiTables::read(reader, rsdp)));
  return {};
}

bool has_ram(Mfn first, u64 count) {
  MachineAddress start = address_of(first), end = address_of(first + count);
  for (const MemoryRange& range : information.memory.ranges())
    if (range.type == MemoryType::ram && range.start < end && start < range.end()) return true;
  return false;
}

}  // namespace xenolith::machine
