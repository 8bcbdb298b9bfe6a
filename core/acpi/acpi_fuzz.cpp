// SPDX-License-Identifier: MIT
// Firmware's tables: reading them, every view, and making dom0's out of them. Half of the checksums are made right first,
// because random changes would otherwise never come further than them.
#include <arch/fake.hpp>

#include "core/acpi/devices.hpp"
#include "core/acpi/fadt.hpp"
#include "core/acpi/hardware_domain_tables.hpp"
#include "core/acpi/madt.hpp"
#include "core/acpi/test_tables.hpp"

namespace xenolith {
namespace {

constexpr u64 base = 0xe0000;
constexpr u64 table_step = 0x100;

// Tables lie at multiples of table_step, the RSDP at the start.
void mend_checksums(std::vector<u8>& bytes) {
  if (bytes.size() < table_step) return;
  bytes[8] = 0, bytes[8] = static_cast<u8>(0 - acpi_sum(std::span{bytes}.first(20)));
  bytes[32] = 0, bytes[32] = static_cast<u8>(0 - acpi_sum(std::span{bytes}.first(36)));
  for (u64 at = table_step; at + 36 <= bytes.size(); at += table_step) {
    u32 length = peek<u32>(bytes, at + 4);
    if (length < 36 || length > bytes.size() - at) continue;
    bytes[at + 9] = 0, bytes[at + 9] = static_cast<u8>(0 - acpi_sum(std::span{bytes}.subspan(at, length)));
  }
}

u64 look_at(const PhysicalReader& memory, const AcpiTables& tables) {
  u64 sum = 0;
  for (const AcpiTable& table : tables.all()) {
    if (auto madt = Madt::create(table)) {
      sum += madt->local_apic_address().raw();
      madt->for_each([&](const MadtEntry& e) {
        sum += e.apic_id() + e.processor_uid() + e.io_apic_address().raw() + e.override_gsi().raw() + e.lint() +
               static_cast<u64>(e.polarity()) + e.nmi_processor_uid() + e.is_enabled() + e.nmi_is_for_all();
      });
    }
    if (auto fadt = Fadt::create(table)) {
      sum += fadt->pm_timer().address + fadt->pm1b_control().address + fadt->reset_register().address +
             fadt->sleep_status().address + fadt->dsdt().raw() + fadt->reset_value();
      if (auto facs = Facs::read(memory, *fadt)) sum += facs->x_waking_vector().raw();
    }
    if (auto hpet = HpetTable::create(table)) sum += hpet->comparators;
    for_each_mcfg(table, [&](const McfgEntry& entry) { sum += entry.base.raw(); });
  }
  return sum;
}

void build(const AcpiTables& tables) {
  const HardwareDomainCpu cpus[] = {{0, 0}, {1, 0x1000}};
  HardwareDomainAcpi plan{cpus, GuestPhysical{0x1000}, true};
  std::vector<u8> buffer(hardware_domain_tables_size(tables, plan));
  auto built = build_hardware_domain_tables(tables, plan, buffer);
  if (built.failed() || built->size != buffer.size()) __builtin_trap();
}

}  // namespace
}  // namespace xenolith

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xenolith;
  fake::clear_log();
  std::vector<u8> bytes(data, data + size);
  if (size % 2 == 0) mend_checksums(bytes);
  TestMemory memory{base, bytes};
  (void)find_rsdp(memory);
  auto tables = AcpiTables::read(memory, MachineAddress{base});
  if (tables.failed()) return 0;
  asm volatile("" ::"r"(look_at(memory, *tables)));
  build(*tables);
  return 0;
}

void xenolith_fuzz_seeds(std::vector<std::vector<std::uint8_t>>& seeds) {
  using namespace xenolith;
  std::vector<u8> seed(table_step);
  std::vector<u8> list;
  std::vector<std::vector<u8>> tables{sample_madt(), sample_fadt(), make_table("HPET", std::vector<u8>(20, 1)),
                                      make_table("MCFG", std::vector<u8>(24, 0))};
  tables[1].resize(table_step);  // the fields behind are not looked at here
  u32 fadt_length = table_step;
  std::memcpy(&tables[1][4], &fadt_length, 4);
  for (const auto& table : tables) {
    append(list, base + seed.size());
    seed.insert(seed.end(), table.begin(), table.end());
    seed.resize((seed.size() + table_step - 1) / table_step * table_step);
  }
  u64 xsdt = base + seed.size();
  std::vector<u8> directory = make_table("XSDT", list);
  seed.insert(seed.end(), directory.begin(), directory.end());
  if (seed.size() % 2 != 0) seed.push_back(0);
  std::memcpy(seed.data(), "RSD PTR ", 8);
  seed[15] = 2, seed[20] = 36;
  std::memcpy(&seed[24], &xsdt, 8);
  seeds.push_back(seed);
}
