// SPDX-License-Identifier: MIT
#include "arch/x86/irq/host_io_apics.hpp"

#include <gtest/gtest.h>

#include <arch/fake.hpp>
#include <memory>

#include "arch/x86/irq/fake_hardware.hpp"
#include "arch/x86/irq/io_apic_source.hpp"
#include "arch/x86/irq/pic.hpp"

namespace xenolith::irq {
namespace {

struct IoApics : ::testing::Test {
  std::unique_ptr<fake::Machine> machine = std::make_unique<fake::Machine>(2);
  fake::IoApic model{*machine};
};

TEST_F(IoApics, StartMasksEverythingAndClearsWhatWasInService) {
  for (u32 version : {0x170020u, 0x170011u}) {
    fake::IoApic old{*machine, version};
    old.entries[5] = RedirectionEntry{0xc044};  // unmasked, level, Remote IRR, vector 0x44
    auto io_apic = HostIoApic::create(Gsi{0}, old);
    ASSERT_TRUE(io_apic);
    EXPECT_EQ((*io_apic)->pins(), 24u);
    for (auto entry : old.entries) {
      EXPECT_TRUE(entry.masked());
      EXPECT_FALSE(entry.remote_irr());
    }
  }
  EXPECT_TRUE(machine->requested.empty());
}

TEST_F(IoApics, NothingThere) {
  fake::IoApic absent{*machine, ~u32{0}}, zero{*machine, 0};
  EXPECT_EQ(HostIoApic::create(Gsi{0}, absent).error(), XEN_ENODEV);
  EXPECT_EQ(HostIoApic::create(Gsi{0}, zero).error(), XEN_ENODEV);
  EXPECT_EQ(HostIoApic::create(Gsi{~u32{0}}, model).error(), XEN_ENODEV);
}

TEST_F(IoApics, FindsPinsByGsi) {
  HostIoApics all;
  fake::IoApic second{*machine}, third{*machine};
  EXPECT_EQ(all.gsi_end(), 0u);
  ASSERT_TRUE(all.add(Gsi{0}, model));
  ASSERT_TRUE(all.add(Gsi{24}, second));
  EXPECT_EQ(all.add(Gsi{40}, third).error(), XEN_EEXIST);
  EXPECT_EQ(all.gsi_end(), 48u);
  EXPECT_EQ(all.find(Gsi{30})->number, 6u);
  EXPECT_EQ(all.find(Gsi{30})->io_apic->gsi_base(), Gsi{24});
  EXPECT_FALSE(all.find(Gsi{48}));
  xenolith::fake::fail_allocation(0);
  EXPECT_EQ(all.add(Gsi{100}, third).error(), XEN_ENOMEM);
  xenolith::fake::fail_allocation(-1);
}

TEST_F(IoApics, SourceOverrides) {
  HostIoApics all;
  EXPECT_EQ(all.isa(4).gsi, Gsi{4});
  EXPECT_EQ(all.isa(4).trigger, Trigger::edge);
  ASSERT_TRUE(all.override_isa(0, Gsi{2}, 0));
  ASSERT_TRUE(all.override_isa(9, Gsi{20}, 0xf));
  EXPECT_EQ(all.isa(0).gsi, Gsi{2});
  EXPECT_EQ(all.isa(9).gsi, Gsi{20});
  EXPECT_EQ(all.isa(9).trigger, Trigger::level);
  EXPECT_EQ(all.isa(9).polarity, Polarity::active_low);
  EXPECT_EQ(all.override_isa(16, Gsi{2}, 0).error(), XEN_EINVAL);
  EXPECT_EQ(all.override_isa(1, Gsi{2}, 2).error(), XEN_EINVAL);
  EXPECT_EQ(all.override_isa(1, Gsi{2}, 8).error(), XEN_EINVAL);
}

TEST_F(IoApics, SourceProgramsItsPin) {
  HostIoApics all;
  ASSERT_TRUE(all.add(Gsi{0}, model));
  IoApicSource source{*all.find(Gsi{10}), Trigger::level, Polarity::active_low};
  ASSERT_TRUE(source.route(ApicId{1}, Vector{0x55}));
  EXPECT_TRUE(model.entries[10].masked());
  source.set_masked(false);
  EXPECT_EQ(model.entries[10].raw(), (u64{1} << 56) | 0xa055);
  EXPECT_EQ(source.route(ApicId{0xff}, Vector{0x55}).error(), XEN_ERANGE);
}

// Completing by either mechanism must find the pin, whether or not EOIs are broadcast.
TEST_F(IoApics, LevelRepeatsUntilTheLineFalls) {
  for (u32 version : {0x170020u, 0x170011u}) {
    for (bool broadcast : {true, false}) {
      fake::IoApic window{*machine, version};
      window.broadcast = broadcast;
      HostIoApics all;
      ASSERT_TRUE(all.add(Gsi{0}, window));
      IoApicSource source{*all.find(Gsi{10}), Trigger::level, Polarity::active_low};
      fake::Action action;
      action.verdict = InterruptAction::Verdict::pending;
      auto irq = HostIrq::create(machine->host, {.source = source, .action = action, .trigger = Trigger::level});
      ASSERT_TRUE(irq);
      (*irq)->set_masked(false);
      window.set_line(10, true);
      machine->run();
      EXPECT_EQ(action.fired.size(), 1u);
      ASSERT_TRUE((*irq)->move(CpuSet::all().without(CpuSet::of((*irq)->slot().cpu))));
      (*irq)->complete();
      machine->run();
      EXPECT_EQ(action.fired.size(), 2u) << "still asserted";
      window.set_line(10, false);
      (*irq)->complete();
      machine->run();
      EXPECT_EQ(action.fired.size(), 2u);
      window.set_line(10, true);
      machine->run();
      EXPECT_EQ(action.fired.size(), 3u);
      EXPECT_FALSE((*irq)->slot().cpu == CpuId{7});
    }
  }
}

TEST(Pic, IsMovedAndMasked) {
  struct Ports final : PortIo {
    u32 read(u16, unsigned) override { return 0; }
    void write(u16 port, unsigned size, u32 value) override {
      EXPECT_EQ(size, 1u);
      written[port].push_back(value);
    }
    std::map<u16, std::vector<u32>> written;
  } ports;
  silence_pics(ports);
  EXPECT_EQ(ports.written[0x20], std::vector<u32>{0x11});
  EXPECT_EQ(ports.written[0x21], (std::vector<u32>{0xff, 0x20, 4, 1, 0xff}));
  EXPECT_EQ(ports.written[0xa1], (std::vector<u32>{0xff, 0x28, 2, 1, 0xff}));
}

}  // namespace
}  // namespace xenolith::irq
