// SPDX-License-Identifier: MIT
#include "core/acpi/hardware_domain_tables.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "core/acpi/madt.hpp"
#include "core/acpi/test_tables.hpp"

namespace xenolith {
namespace {

constexpr u64 place = 0x80000;

// Both memories seen together, as dom0 sees them.
class Dom0Memory final : public PhysicalReader {
 public:
  Dom0Memory(const TestMemory& host, std::span<const u8> built)
      : host_{host}, built_{place, std::vector<u8>(built.begin(), built.end())} {}
  Result<std::span<const u8>> bytes(MachineAddress address, u64 length) const override {
    return address < MachineAddress{TestTables::base} ? built_.bytes(address, length) : host_.bytes(address, length);
  }

 private:
  const TestMemory& host_;
  TestMemory built_;
};

class HardwareDomainTables : public testing::Test {
 protected:
  HardwareDomainTables() : memory{TestTables::base, fill()}, host{*AcpiTables::read(memory, rsdp)} {}
  std::vector<u8> fill() {
    fadt = tables.add(sample_fadt());
    madt = tables.add(sample_madt());
    for (std::string_view name : {"SSDT", "HPET", "DMAR", "IVRS", "SRAT", "MCFG", "SPCR", "XXXX"})
      tables.add(make_table(name, {1, 2, 3}));
    return tables.finish();
  }
  static constexpr MachineAddress rsdp{TestTables::rsdp};
  TestTables tables;
  u64 fadt = 0, madt = 0;
  TestMemory memory;
  AcpiTables host;
  std::vector<u8> buffer = std::vector<u8>(4096);
};

TEST_F(HardwareDomainTables, ReadsBackAsWanted) {
  const HardwareDomainCpu cpus[] = {{0, 0}, {1, 2}, {2, 0x1fe}};
  HardwareDomainAcpi plan{cpus, GuestPhysical{place}, true};
  auto built = build_hardware_domain_tables(host, plan, buffer);
  ASSERT_TRUE(built);
  EXPECT_EQ(built->size, hardware_domain_tables_size(host, plan));
  Dom0Memory dom0{memory, std::span{buffer}.first(built->size)};
  auto seen = AcpiTables::read(dom0, MachineAddress{built->rsdp.raw()});
  ASSERT_TRUE(seen);
  std::string names;
  for (const AcpiTable& table : seen->all()) names += std::string{table.signature()} + " ";
  EXPECT_EQ(names, "FACP SSDT MCFG APIC STAO ");
  EXPECT_EQ(seen->find("FACP")->address, MachineAddress{fadt});
  EXPECT_EQ(seen->find("STAO")->bytes[36], 1);
  EXPECT_EQ(seen->oem_id(), "MAKER ");
  EXPECT_NE(seen->find("APIC")->address, MachineAddress{madt});

  auto own = Madt::create(*seen->find("APIC"));
  ASSERT_TRUE(own);
  EXPECT_FALSE(own->has_8259());
  std::vector<std::pair<u32, u32>> processors;
  int io_apics = 0, overrides = 0, others = 0;
  own->for_each([&](const MadtEntry& entry) {
    if (entry.is_processor()) processors.emplace_back(entry.processor_uid(), entry.apic_id());
    else if (entry.type() == MadtType::io_apic) ++io_apics;
    else if (entry.type() == MadtType::interrupt_override) ++overrides;
    else ++others;
  });
  EXPECT_EQ(processors, (std::vector<std::pair<u32, u32>>{{0, 0}, {1, 2}, {2, 0x1fe}}));
  EXPECT_TRUE(io_apics == 1 && overrides == 1 && others == 0);
}

TEST_F(HardwareDomainTables, EveryBufferThatIsTooSmall) {
  const HardwareDomainCpu cpus[] = {{0, 0}, {300, 600}};
  HardwareDomainAcpi plan{cpus, GuestPhysical{place}, true};
  size_t size = hardware_domain_tables_size(host, plan);
  for (size_t room = 0; room < size; ++room) {
    std::vector<u8> exact(room);
    ASSERT_EQ(build_hardware_domain_tables(host, plan, exact).error(), XEN_ENOSPC);
  }
  std::vector<u8> exact(size);
  EXPECT_TRUE(build_hardware_domain_tables(host, plan, exact));
  plan.place = GuestPhysical{place + 8};
  EXPECT_EQ(build_hardware_domain_tables(host, plan, exact).error(), XEN_EINVAL);
}

TEST(HardwareDomainTablesList, HidesWhatTheHypervisorKeeps) {
  for (std::string_view name : {"FACP", "SSDT", "MCFG"}) EXPECT_TRUE(is_table_for_hardware_domain(name));
  for (std::string_view name : {"APIC", "HPET", "DMAR", "IVRS", "SRAT", "SLIT", "SPCR", "HEST", "ABCD", ""})
    EXPECT_FALSE(is_table_for_hardware_domain(name));
}

}  // namespace
}  // namespace xenolith
