// SPDX-License-Identifier: MIT
#include "core/acpi/tables.hpp"

#include <arch/fake.hpp>
#include <gtest/gtest.h>

#include "core/acpi/devices.hpp"
#include "core/acpi/fadt.hpp"
#include "core/acpi/madt.hpp"
#include "core/acpi/test_tables.hpp"

namespace xenolith {
namespace {

constexpr MachineAddress rsdp{TestTables::rsdp};

TEST(AcpiTables, FindsTablesOfBothDirectories) {
  for (u8 revision : {0, 2}) {
    TestTables tables{revision};
    u64 madt = tables.add(sample_madt());
    tables.add(make_table("SSDT", {1}));
    u64 second = tables.add(make_table("SSDT", {2}));
    TestMemory memory{TestTables::base, tables.finish()};
    EXPECT_EQ(*find_rsdp(memory), rsdp);
    auto read = AcpiTables::read(memory, rsdp);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->all().size(), 3u);
    EXPECT_EQ(read->find("APIC")->address, MachineAddress{madt});
    EXPECT_EQ(read->find("SSDT", 1)->address, MachineAddress{second});
    EXPECT_FALSE(read->find("SSDT", 2));
    EXPECT_FALSE(read->has("DMAR"));
    EXPECT_EQ(read->oem_id(), "MAKER ");
  }
}

TEST(AcpiTables, DamagedTablesAreLeftOut) {
  TestTables tables;
  u64 madt = tables.add(sample_madt());
  u64 huge = tables.add(make_table("HPET", std::vector<u8>(20)));
  tables.add(make_table("MCFG", {}));
  auto bytes = tables.finish();
  bytes[madt - TestTables::base + 40] ^= 1;
  bytes[huge - TestTables::base + 7] = 0x7f;
  TestMemory memory{TestTables::base, bytes};
  fake::clear_log();
  auto read = AcpiTables::read(memory, rsdp);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->all().size(), 1u);
  EXPECT_EQ(fake::log_lines().size(), 2u);
}

TEST(AcpiTables, FallsBackToTheRsdt) {
  TestTables tables;
  tables.add(sample_madt());
  auto bytes = tables.finish();
  u64 xsdt;
  std::memcpy(&xsdt, &bytes[TestTables::rsdp - TestTables::base + 24], 8);
  bytes[xsdt - TestTables::base] = 'Y';
  TestMemory memory{TestTables::base, bytes};
  auto read = AcpiTables::read(memory, rsdp);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->has("APIC"));
}

TEST(AcpiTables, RsdpErrors) {
  TestTables tables;
  auto bytes = tables.finish();
  EXPECT_EQ(AcpiTables::read(TestMemory(TestTables::base, bytes), rsdp + 16).error(), XEN_EINVAL);
  EXPECT_EQ(AcpiTables::read(TestMemory(TestTables::base, bytes), MachineAddress{0}).error(), XEN_EFAULT);
  bytes[0x10 + 33] ^= 1;  // only the second checksum is wrong
  EXPECT_EQ(AcpiTables::read(TestMemory(TestTables::base, bytes), rsdp).error(), XEN_EINVAL);
  bytes[0x10 + 9] ^= 1;
  EXPECT_EQ(find_rsdp(TestMemory(TestTables::base, bytes)).error(), XEN_ENOENT);
}

TEST(Madt, Entries) {
  auto bytes = sample_madt();
  auto madt = Madt::create({MachineAddress{}, bytes});
  ASSERT_TRUE(madt);
  EXPECT_EQ(madt->local_apic_address(), MachineAddress{0x1fee00000});
  EXPECT_TRUE(madt->has_8259());
  std::vector<MadtEntry> entries;
  madt->for_each([&](const MadtEntry& entry) { entries.push_back(entry); });
  ASSERT_EQ(entries.size(), 7u);
  EXPECT_TRUE(entries[0].is_processor() && entries[0].is_enabled());
  EXPECT_EQ(entries[1].apic_id(), 2u);
  EXPECT_FALSE(entries[1].is_enabled());
  EXPECT_EQ(entries[2].apic_id(), 0x100u);
  EXPECT_EQ(entries[2].processor_uid(), 5u);
  EXPECT_TRUE(entries[2].is_online_capable());
  EXPECT_EQ(entries[3].io_apic_address(), MachineAddress{0xfec00000});
  EXPECT_EQ(entries[4].override_gsi(), Gsi{9});
  EXPECT_EQ(entries[4].polarity(), MadtEntry::Polarity::active_low);
  EXPECT_EQ(entries[4].trigger(), MadtEntry::Trigger::level);
  EXPECT_TRUE(entries[5].nmi_is_for_all());
  EXPECT_EQ(entries[5].lint(), 1);
  EXPECT_EQ(entries[5].polarity(), MadtEntry::Polarity::active_high);
}

TEST(Madt, StopsAtMalformedEntries) {
  for (int length : {0, 1, 200}) {
    std::vector<u8> body(8);
    body.insert(body.end(), {1, 4, 0, 0, static_cast<u8>(0), static_cast<u8>(length), 0, 0});
    auto bytes = make_table("APIC", body);
    int count = 0;
    Madt::create({MachineAddress{}, bytes})->for_each([&](const MadtEntry&) { ++count; });
    EXPECT_EQ(count, 0);  // the first is too short for an I/O APIC, the second ends the walk
  }
  EXPECT_EQ(Madt::create({MachineAddress{}, make_table("APIC", {})}).error(), XEN_EINVAL);
}

TEST(Fadt, Fields) {
  auto bytes = sample_fadt();
  auto fadt = Fadt::create({MachineAddress{}, bytes});
  ASSERT_TRUE(fadt);
  EXPECT_EQ(fadt->dsdt(), MachineAddress{0x1000e9000});  // X_DSDT wins
  EXPECT_EQ(fadt->facs(), MachineAddress{0xe8000});
  EXPECT_EQ(fadt->sci_interrupt(), 9);
  EXPECT_EQ(fadt->pm_timer().address, 0x1608u);
  EXPECT_EQ(fadt->pm_timer_bits(), 32u);
  EXPECT_EQ(fadt->pm1a_control().address, 0x604u);
  EXPECT_EQ(fadt->pm1a_control().bit_width, 16);
  EXPECT_EQ(fadt->pm1a_control().space, GenericAddress::Space::io);
  EXPECT_FALSE(fadt->pm1b_control());
  EXPECT_EQ(fadt->reset_register().address, 0xcf9u);
  EXPECT_EQ(fadt->reset_value(), 0xf);
  EXPECT_TRUE(fadt->has_8042());
}

TEST(Fadt, OldTablesAreShorter) {
  auto bytes = sample_fadt(116);
  auto fadt = Fadt::create({MachineAddress{}, bytes});
  ASSERT_TRUE(fadt);
  EXPECT_EQ(fadt->dsdt(), MachineAddress{0xe9000});
  EXPECT_EQ(fadt->pm_timer().address, 0x608u);
  EXPECT_FALSE(fadt->reset_register());
  EXPECT_EQ(Fadt::create({MachineAddress{}, sample_fadt(115)}).error(), XEN_EINVAL);
}

TEST(Facs, WakingVectors) {
  auto bytes = sample_fadt();
  auto fadt = Fadt::create({MachineAddress{}, bytes});
  TestMemory memory{0xe8000, 64};
  EXPECT_EQ(Facs::read(memory, *fadt).error(), XEN_EINVAL);
  memory.put_text(0xe8000, "FACS");
  memory.put<u32>(0xe8004, 64);
  auto facs = Facs::read(memory, *fadt);
  ASSERT_TRUE(facs);
  EXPECT_EQ(facs->waking_vector(), MachineAddress{0xe800c});
  EXPECT_EQ(facs->x_waking_vector(), MachineAddress{0xe8018});
}

TEST(Devices, HpetAndMcfg) {
  std::vector<u8> body;
  append(body, u32{0x8086a201}), append(body, u32{64 << 8}), append(body, u64{0xfed00000});
  body.push_back(0), append(body, u16{128}), body.push_back(0);
  auto hpet_bytes = make_table("HPET", body);
  auto hpet = HpetTable::create({MachineAddress{}, hpet_bytes});
  ASSERT_TRUE(hpet);
  EXPECT_EQ(hpet->registers, MachineAddress{0xfed00000});
  EXPECT_EQ(hpet->comparators, 3);
  EXPECT_TRUE(hpet->is_64bit);
  EXPECT_EQ(hpet->smallest_tick, 128);

  std::vector<u8> buses(8);
  append(buses, u64{0xb0000000}), append(buses, u16{0}), append(buses, u16{0xff00}), append(buses, u32{0});
  append(buses, u64{0xc0000000}), append(buses, u16{1}), append(buses, u16{0x0001}), append(buses, u32{0});  // 1 > 0
  buses.push_back(0);                                                                                       // a rest
  auto mcfg_bytes = make_table("MCFG", buses);
  int count = 0;
  for_each_mcfg({MachineAddress{}, mcfg_bytes}, [&](const McfgEntry& entry) {
    ++count;
    EXPECT_EQ(entry.base, MachineAddress{0xb0000000});
    EXPECT_EQ(entry.last_bus, 0xff);
  });
  EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace xenolith
