// SPDX-License-Identifier: MIT
#include "arch/x86/vapic/io_apic.hpp"

#include <gtest/gtest.h>

#include <arch/fake.hpp>

#include "arch/x86/vapic/fakes.hpp"
#include "arch/x86/vapic/io_apic_set.hpp"

namespace xenolith::vapic {
namespace {

struct FakeIoApicPort final : IoApicPort {
  void entry_changed(Gsi gsi, RedirectionEntry entry) override { changes.emplace_back(gsi.raw(), entry.word()); }
  void end_of_interrupt(Gsi gsi) override {
    ended.push_back(gsi.raw());
    if (on_end) on_end(gsi);
  }
  std::vector<std::pair<u32, u64>> changes;
  std::vector<u32> ended;
  std::function<void(Gsi)> on_end;
};

constexpr GuestPhysical io_apic_base{0xfec0'0000};
constexpr u64 level = 1u << 15, masked = 1u << 16;

struct IoApicTest : testing::Test {
  FakeDomain domain{2};
  FakeIoApicPort port;
  Own<IoApic> io_apic;

  IoApicTest() : IoApicTest({.address = io_apic_base, .first = Gsi{0}, .pins = 48, .id = 1}) {}
  explicit IoApicTest(const IoApic::Configuration& configuration) {
    domain.enable_all();
    io_apic = IoApic::create(configuration, domain.bus, port).take();
    for (unsigned i = 0; i < 2; ++i)
      domain.port(i).on_broadcast = [&](Vector vector) { io_apic->end_of_interrupt(vector); };
  }
  u32 read(u8 index) {
    io_apic->write_mmio(0, 4, index);
    return io_apic->read_mmio(0x10, 4);
  }
  void write(u8 index, u32 value) {
    io_apic->write_mmio(0, 4, index);
    io_apic->write_mmio(0x10, 4, value);
  }
  void set_entry(unsigned pin, u64 word) {
    write(static_cast<u8>(0x11 + pin * 2), static_cast<u32>(word >> 32));
    write(static_cast<u8>(0x10 + pin * 2), static_cast<u32>(word));
  }
  u64 entry(unsigned pin) { return io_apic->entry(Gsi{pin}).word(); }
  unsigned take(unsigned cpu = 0) { return take_interrupt(domain.apic(cpu)); }
  void eoi(unsigned cpu = 0) { domain.apic(cpu).end_of_interrupt(); }
};

struct IoApic20Test : IoApicTest {
  IoApic20Test() : IoApicTest({.address = io_apic_base, .first = Gsi{24}, .pins = 120, .id = 2, .version = 0x20}) {}
};

TEST_F(IoApicTest, Registers) {
  EXPECT_EQ(read(0), 1u << 24);
  EXPECT_EQ(read(1), 47u << 16 | 0x11);
  EXPECT_EQ(read(2), 1u << 24);
  write(0, 0xff00'0000);
  EXPECT_EQ(read(0), 0x0f00'0000u);
  write(1, 0);
  EXPECT_EQ(read(1), 47u << 16 | 0x11);
  EXPECT_EQ(read(0x10), masked);
  EXPECT_EQ(read(0x10 + 2 * 48), 0u);
  write(0x10 + 2 * 48, 0x31);
  EXPECT_TRUE(port.changes.empty());
  EXPECT_EQ(io_apic->read_mmio(0x00, 4), 0x10u + 2 * 48);
  EXPECT_EQ(io_apic->read_mmio(0x10, 8), 0u);
  EXPECT_EQ(io_apic->read_mmio(0x20, 4), 0u);
}

TEST_F(IoApicTest, ReadOnlyBitsStay) {
  set_entry(3, ~u64{0});
  EXPECT_EQ(entry(3), 0xfffe'0000'0001'afffu);
  EXPECT_EQ(io_apic->entry(Gsi{3}).destination().id, 0x7fffu);
  EXPECT_EQ(port.changes.back().first, 3u);
  EXPECT_EQ(port.changes.back().second, 0xfffe'0000'0001'afffu);
}

TEST_F(IoApicTest, EdgeIsDeliveredPerTransition) {
  set_entry(4, 0x31 | u64{2} << 56);
  io_apic->assert_line(Gsi{4});
  EXPECT_EQ(take(1), 0x31u);
  eoi(1);
  io_apic->assert_line(Gsi{4});  // a second source: no transition
  EXPECT_EQ(take(1), 0u);
  io_apic->deassert_line(Gsi{4});
  io_apic->deassert_line(Gsi{4});
  io_apic->deassert_line(Gsi{4});  // one too many is no harm
  io_apic->pulse(Gsi{4});
  EXPECT_EQ(take(1), 0x31u);
  EXPECT_EQ(entry(4), 0x31u | u64{2} << 56);
  EXPECT_TRUE(port.ended.empty());
}

TEST_F(IoApicTest, MaskedEdgeIsLost) {
  set_entry(4, 0x31 | masked);
  io_apic->pulse(Gsi{4});
  set_entry(4, 0x31);
  EXPECT_EQ(take(), 0u);
}

TEST_F(IoApicTest, LevelWaitsForItsEoi) {
  set_entry(9, 0x41 | level);
  io_apic->assert_line(Gsi{9});
  io_apic->assert_line(Gsi{9});
  EXPECT_TRUE(io_apic->entry(Gsi{9}).has_remote_irr());
  EXPECT_EQ(take(), 0x41u);
  EXPECT_FALSE(domain.apic(0).has_pending());
  io_apic->deassert_line(Gsi{9});
  eoi();
  EXPECT_EQ(port.ended, std::vector<u32>{9});
  EXPECT_EQ(take(), 0x41u);  // one source left
  io_apic->deassert_line(Gsi{9});
  eoi();
  EXPECT_EQ(take(), 0u);
  EXPECT_FALSE(io_apic->entry(Gsi{9}).has_remote_irr());
}

TEST_F(IoApicTest, PortDeassertsBeforeRedelivery) {
  port.on_end = [&](Gsi gsi) { io_apic->deassert_line(gsi); };
  set_entry(9, 0x41 | level);
  io_apic->assert_line(Gsi{9});
  EXPECT_EQ(take(), 0x41u);
  eoi();
  EXPECT_EQ(take(), 0u);
}

TEST_F(IoApicTest, MaskedLevelComesWhenUnmasked) {
  set_entry(9, 0x41 | level | masked);
  io_apic->assert_line(Gsi{9});
  EXPECT_EQ(take(), 0u);
  set_entry(9, 0x41 | level);
  EXPECT_EQ(take(), 0x41u);
  set_entry(9, 0x41 | level | masked);  // masking keeps the remote IRR
  EXPECT_TRUE(io_apic->entry(Gsi{9}).has_remote_irr());
  eoi();
  EXPECT_EQ(take(), 0u);
  set_entry(9, 0x41 | level);
  EXPECT_EQ(take(), 0x41u);
}

TEST_F(IoApicTest, LevelNobodyTakesIsTriedAgain) {
  set_entry(9, 0x41 | level | u64{7} << 56);
  io_apic->assert_line(Gsi{9});
  EXPECT_FALSE(io_apic->entry(Gsi{9}).has_remote_irr());
  set_entry(9, 0x41 | level);
  EXPECT_EQ(take(), 0x41u);
}

TEST_F(IoApicTest, SwitchToEdgeEndsTheInterrupt) {
  port.on_end = [&](Gsi gsi) { io_apic->deassert_line(gsi); };
  set_entry(9, 0x41 | level);
  io_apic->assert_line(Gsi{9});
  set_entry(9, 0x41 | masked);
  EXPECT_EQ(port.ended, std::vector<u32>{9});
  EXPECT_FALSE(io_apic->entry(Gsi{9}).has_remote_irr());
}

TEST_F(IoApicTest, SharedVectorEndsAllItsPins) {
  set_entry(9, 0x41 | level);
  set_entry(40, 0x41 | level);
  set_entry(41, 0x51 | level);
  for (unsigned pin : {9, 40, 41}) io_apic->assert_line(Gsi{pin});
  io_apic->end_of_interrupt(Vector{0x41});
  EXPECT_EQ(port.ended, (std::vector<u32>{9, 40}));
  EXPECT_TRUE(io_apic->entry(Gsi{41}).has_remote_irr());
}

TEST_F(IoApicTest, NmiEntryDoesNotWaitForEoi) {
  set_entry(2, 0x400 | level);
  io_apic->assert_line(Gsi{2});
  EXPECT_TRUE(domain.apic(0).acknowledge_nmi());
  EXPECT_FALSE(io_apic->entry(Gsi{2}).has_remote_irr());
}

TEST_F(IoApicTest, ForeignGsisAreIgnored) {
  for (u32 gsi : {48u, 0xffff'ffffu}) {
    io_apic->assert_line(Gsi{gsi});
    io_apic->deassert_line(Gsi{gsi});
    EXPECT_TRUE(io_apic->entry(Gsi{gsi}).is_masked());
  }
}

TEST_F(IoApic20Test, EoiRegister) {
  EXPECT_EQ(read(1), 119u << 16 | 0x20);
  set_entry(119, 0x41 | level);
  io_apic->assert_line(Gsi{143});
  EXPECT_TRUE(io_apic->entry(Gsi{143}).has_remote_irr());
  io_apic->write_mmio(0x40, 4, 0x41);
  EXPECT_EQ(port.ended, std::vector<u32>{143});
  EXPECT_TRUE(io_apic->entry(Gsi{143}).has_remote_irr());  // asserted still
}

TEST_F(IoApicTest, VersionWithoutEoiRegister) {
  set_entry(9, 0x41 | level);
  io_apic->assert_line(Gsi{9});
  io_apic->write_mmio(0x40, 4, 0x41);
  EXPECT_TRUE(port.ended.empty());
}

TEST_F(IoApicTest, RecordsRoundTrip) {
  set_entry(9, 0x41 | level);
  set_entry(10, 0x51 | level);
  set_entry(47, 0x31 | u64{2} << 56);
  io_apic->assert_line(Gsi{9});
  hvm_hw_vioapic record;
  ASSERT_TRUE(io_apic->export_state(record));
  EXPECT_EQ(record.base_address, 0xfec0'0000u);
  EXPECT_EQ(record.redirtbl[9].fields.remote_irr, 1);
  EXPECT_EQ(record.redirtbl[47].fields.dest_id, 2);

  auto other = IoApic::create({.address = io_apic_base, .first = Gsi{0}, .pins = 48, .id = 0}, domain.bus, port).take();
  other->assert_line(Gsi{10});
  ASSERT_TRUE(other->import_state(record));
  EXPECT_EQ(take(), 0x51u);
  for (unsigned i = 0; i < 48; ++i) EXPECT_EQ(other->entry(Gsi{i}).word() & ~(1u << 14), entry(i) & ~(1u << 14));
  EXPECT_TRUE(other->entry(Gsi{9}).has_remote_irr());
  EXPECT_TRUE(other->entry(Gsi{10}).has_remote_irr());
  record.ioregsel = 0x100;
  EXPECT_EQ(other->import_state(record).error(), XEN_EINVAL);
}

TEST_F(IoApic20Test, RecordsNeedTheirNumberOfPins) {
  hvm_hw_vioapic record{};
  EXPECT_EQ(io_apic->export_state(record).error(), XEN_EINVAL);
  EXPECT_EQ(io_apic->import_state(record).error(), XEN_EINVAL);
}

TEST_F(IoApicTest, CreationChecksAndFails) {
  IoApic::Configuration good{.address = io_apic_base, .first = Gsi{0}, .pins = 24, .id = 1};
  auto refused = [&](auto change) {
    IoApic::Configuration configuration = good;
    change(configuration);
    return IoApic::create(configuration, domain.bus, port).error() == XEN_EINVAL;
  };
  EXPECT_TRUE(refused([](auto& c) { c.pins = 0; }));
  EXPECT_TRUE(refused([](auto& c) { c.pins = 121; }));
  EXPECT_TRUE(refused([](auto& c) { c.id = 16; }));
  EXPECT_TRUE(refused([](auto& c) { c.version = 0x12; }));
  EXPECT_TRUE(refused([](auto& c) { c.address = GuestPhysical{0xfec0'0010}; }));
  EXPECT_TRUE(refused([](auto& c) { c.first = Gsi{0xffff'fff0}; }));
  fake::fail_allocation(0);
  EXPECT_EQ(IoApic::create(good, domain.bus, port).error(), XEN_ENOMEM);
  fake::fail_allocation(-1);
}

TEST_F(IoApicTest, SetFindsMembers) {
  std::vector<Own<IoApic>> members;
  for (unsigned i = 0; i < 2; ++i)
    members.push_back(IoApic::create({.address = io_apic_base + i * page_size,
                                      .first = Gsi{i * 24},
                                      .pins = 24,
                                      .id = static_cast<u8>(i)},
                                     domain.bus, port)
                          .take());
  IoApicSet set{members};
  EXPECT_EQ(set.find(Gsi{23}), members[0].get());
  EXPECT_EQ(set.find(Gsi{24}), members[1].get());
  EXPECT_EQ(set.find(Gsi{48}), nullptr);
  EXPECT_EQ(set.find(io_apic_base + 0x1010), members[1].get());
  EXPECT_EQ(set.find(io_apic_base + 0x2000), nullptr);
  EXPECT_EQ(set.find(io_apic_base - 1), nullptr);
  members[1]->write_mmio(0, 4, 0x10);
  members[1]->write_mmio(0x10, 4, 0x41 | level);
  members[1]->assert_line(Gsi{24});
  set.end_of_interrupt(Vector{0x41});
  EXPECT_EQ(port.ended, std::vector<u32>{24});
}

}  // namespace
}  // namespace xenolith::vapic
