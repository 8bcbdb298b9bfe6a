// SPDX-License-Identifier: MIT
#include "arch/x86/vapic/local_apic.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "arch/x86/vapic/fakes.hpp"

namespace xenolith::vapic {
namespace {

struct LocalApicTest : testing::Test {
  FakeDomain domain{2};
  LocalApic& apic = domain.apic(0);
  FakePort& port = domain.port(0);

  LocalApicTest() { domain.enable_all(); }
  void accept(unsigned vector, Trigger trigger = Trigger::edge) {
    EXPECT_TRUE(apic.accept(Vector{static_cast<u8>(vector)}, trigger));
  }
  unsigned take() { return take_interrupt(apic); }
  unsigned ppr() { return apic.read_mmio(0xa0, 4); }
};

TEST_F(LocalApicTest, IdleApicHasNothing) {
  EXPECT_FALSE(apic.has_pending());
  EXPECT_EQ(take(), 0u);
}

TEST_F(LocalApicTest, HighestVectorComesFirst) {
  accept(0x31);
  accept(0xe1);
  accept(0x80);
  EXPECT_EQ(port.wakes, 3u);
  EXPECT_EQ(take(), 0xe1u);
  apic.end_of_interrupt();
  EXPECT_EQ(take(), 0x80u);
  apic.end_of_interrupt();
  EXPECT_EQ(take(), 0x31u);
  EXPECT_FALSE(apic.has_pending());
}

TEST_F(LocalApicTest, SecondRequestOfAVectorIsMerged) {
  accept(0x31);
  accept(0x31);
  EXPECT_EQ(port.wakes, 1u);
  EXPECT_EQ(take(), 0x31u);
  accept(0x31);
  apic.end_of_interrupt();
  EXPECT_EQ(take(), 0x31u);
}

TEST_F(LocalApicTest, InServiceBlocksItsClassAndLower) {
  accept(0x52);
  EXPECT_EQ(take(), 0x52u);
  EXPECT_EQ(ppr(), 0x50u);
  accept(0x5f);
  accept(0x41);
  EXPECT_EQ(take(), 0u);
  EXPECT_TRUE(apic.has_pending());
  accept(0x60);
  EXPECT_EQ(take(), 0x60u);
  EXPECT_EQ(ppr(), 0x60u);
  apic.end_of_interrupt();
  EXPECT_EQ(ppr(), 0x50u);
  EXPECT_EQ(take(), 0u);
  apic.end_of_interrupt();
  EXPECT_EQ(take(), 0x5fu);
  apic.end_of_interrupt();
  EXPECT_EQ(take(), 0x41u);
}

TEST_F(LocalApicTest, TaskPriorityMasks) {
  apic.write_mmio(0x80, 4, 0x4f);
  EXPECT_EQ(ppr(), 0x4fu);
  EXPECT_EQ(apic.cr8(), 4);
  accept(0x4f);
  EXPECT_EQ(take(), 0u);
  accept(0x51);
  EXPECT_EQ(take(), 0x51u);
  EXPECT_EQ(ppr(), 0x50u);
  apic.end_of_interrupt();
  apic.set_cr8(3);
  EXPECT_EQ(apic.read_mmio(0x80, 4), 0x30u);
  EXPECT_EQ(take(), 0x4fu);
}

TEST_F(LocalApicTest, EoiBroadcastsLevelOnly) {
  accept(0x31, Trigger::level);
  accept(0x41);
  EXPECT_EQ(take(), 0x41u);
  apic.write_mmio(0xb0, 4, 0);
  EXPECT_TRUE(port.broadcasts.empty());
  EXPECT_EQ(take(), 0x31u);
  apic.write_mmio(0xb0, 4, 0);
  EXPECT_EQ(port.broadcasts, std::vector<u8>{0x31});
  apic.write_mmio(0xb0, 4, 0);
  EXPECT_EQ(port.broadcasts.size(), 1u);
  accept(0x31);  // as an edge now
  EXPECT_EQ(take(), 0x31u);
  apic.end_of_interrupt();
  EXPECT_EQ(port.broadcasts.size(), 1u);
}

TEST(LocalApic, DirectedEoiSuppressesTheBroadcast) {
  FakeDomain domain{1, [](auto& c) { c.directed_eoi = true; }};
  LocalApic& apic = domain.apic(0);
  EXPECT_EQ(apic.read_mmio(0x30, 4), 0x0105'0014u);
  apic.write_mmio(0xf0, 4, 0x11ff);
  EXPECT_TRUE(apic.accept(Vector{0x31}, Trigger::level));
  EXPECT_EQ(take_interrupt(apic), 0x31u);
  apic.end_of_interrupt();
  EXPECT_TRUE(domain.port(0).broadcasts.empty());
}

TEST_F(LocalApicTest, IllegalVectorIsAnError) {
  apic.write_mmio(0x370, 4, 0xfe);
  EXPECT_FALSE(apic.accept(Vector{15}));
  EXPECT_EQ(take(), 0xfeu);
  EXPECT_EQ(apic.read_mmio(0x280, 4), 0u);
  apic.write_mmio(0x280, 4, 0);
  EXPECT_EQ(apic.read_mmio(0x280, 4), 0x40u);
  apic.write_mmio(0x280, 4, 0);
  EXPECT_EQ(apic.read_mmio(0x280, 4), 0u);
}

TEST_F(LocalApicTest, IllegalErrorVectorDoesNotFeedItself) {
  apic.write_mmio(0x370, 4, 0x03);
  EXPECT_FALSE(apic.accept(Vector{1}));
  apic.service();
  EXPECT_FALSE(apic.has_pending());
}

TEST_F(LocalApicTest, SoftwareDisabledApicRefusesAndHolds) {
  accept(0x31);
  apic.write_mmio(0x350, 4, 0x700);
  apic.write_mmio(0xf0, 4, 0xff);
  EXPECT_FALSE(apic.accept(Vector{0x41}));
  EXPECT_EQ(take(), 0u);
  EXPECT_EQ(apic.read_mmio(0x350, 4), 0x1'0700u);
  apic.write_mmio(0x350, 4, 0x700);  // cannot be unmasked now
  EXPECT_EQ(apic.read_mmio(0x350, 4), 0x1'0700u);
  apic.write_mmio(0xf0, 4, 0x1ff);
  EXPECT_EQ(take(), 0x31u);
}

TEST_F(LocalApicTest, NmiIsPendingOnce) {
  EXPECT_TRUE(apic.accept_nmi());
  EXPECT_TRUE(apic.accept_nmi());
  EXPECT_TRUE(apic.has_pending() && apic.has_nmi());
  EXPECT_TRUE(apic.acknowledge_nmi());
  EXPECT_FALSE(apic.acknowledge_nmi());
  EXPECT_FALSE(apic.has_pending());
}

TEST_F(LocalApicTest, LocalSourcesFollowTheirEntries) {
  apic.raise_performance_interrupt();  // masked from reset
  EXPECT_FALSE(apic.has_pending());
  apic.write_mmio(0x340, 4, 0x400);
  apic.raise_performance_interrupt();
  EXPECT_TRUE(apic.acknowledge_nmi());
  EXPECT_EQ(apic.read_mmio(0x340, 4), 0x1'0400u);
  apic.write_mmio(0x330, 4, 0xf0);
  apic.raise_thermal_interrupt();
  EXPECT_EQ(take(), 0xf0u);
  apic.write_mmio(0x360, 4, 0x400);
  apic.raise_lint1();
  EXPECT_TRUE(apic.acknowledge_nmi());
}

TEST_F(LocalApicTest, ExternalInterruptsPassLint0) {
  EXPECT_FALSE(apic.accepts_external_interrupts());
  apic.write_mmio(0x350, 4, 0x700);
  EXPECT_TRUE(apic.accepts_external_interrupts());
  apic.write_mmio(0x350, 4, 0x1'0700);
  EXPECT_FALSE(apic.accepts_external_interrupts());
  EXPECT_EQ(apic.write_msr(LocalApic::msr_base, 0xfee0'0100), MsrOutcome::done);
  EXPECT_TRUE(apic.accepts_external_interrupts());
}

// ---- INIT and start-up

TEST_F(LocalApicTest, InitThenStartup) {
  FakePort& second = domain.port(1);
  EXPECT_TRUE(domain.apic(1).is_waiting_for_startup());
  apic.write_mmio(0x310, 4, 2u << 24);
  apic.write_mmio(0x300, 4, 0x4500);  // INIT: nothing to do, it waits already
  EXPECT_FALSE(domain.apic(1).has_pending());
  apic.write_mmio(0x300, 4, 0x469a);
  EXPECT_EQ(second.releases, 1u);
  apic.write_mmio(0x300, 4, 0x469b);  // the second of the algorithm's two is ignored
  EXPECT_EQ(second.releases, 1u);
  domain.apic(1).service();
  EXPECT_EQ(second.starts, std::vector<u8>{0x9a});
  EXPECT_FALSE(domain.apic(1).has_pending());
}

TEST_F(LocalApicTest, InitResetsARunningProcessor) {
  accept(0x41);
  EXPECT_TRUE(apic.accept_nmi());
  EXPECT_TRUE(apic.deliver({Vector{0}, DeliveryMode::init, Trigger::edge, {}}));
  EXPECT_EQ(port.inits, 0u);
  apic.service();
  EXPECT_EQ(port.inits, 1u);
  EXPECT_TRUE(apic.is_waiting_for_startup());
  EXPECT_FALSE(apic.has_pending());
  EXPECT_FALSE(apic.accept_nmi());
  EXPECT_EQ(apic.read_mmio(0xf0, 4), 0xffu);
  EXPECT_EQ(port.releases, 0u);
}

TEST_F(LocalApicTest, StartupDuringInitIsNotLost) {
  InterruptMessage init{Vector{0}, DeliveryMode::init, Trigger::edge, {}};
  InterruptMessage startup{Vector{7}, DeliveryMode::startup, Trigger::edge, {}};
  EXPECT_FALSE(apic.deliver(startup));  // it runs
  EXPECT_TRUE(apic.deliver(init));
  EXPECT_TRUE(apic.deliver(startup));
  apic.service();
  EXPECT_EQ(port.inits, 1u);
  EXPECT_EQ(port.releases, 1u);
  EXPECT_EQ(port.starts, std::vector<u8>{7});

  EXPECT_TRUE(apic.deliver(init));
  port.during_init = [&] { EXPECT_TRUE(apic.deliver(startup)); };
  apic.service();
  EXPECT_EQ(port.releases, 2u);
  EXPECT_EQ(port.starts.size(), 2u);
}

TEST_F(LocalApicTest, InitAfterReleaseWins) {
  LocalApic& second = domain.apic(1);
  EXPECT_TRUE(second.deliver({Vector{7}, DeliveryMode::startup, Trigger::edge, {}}));
  EXPECT_TRUE(second.deliver({Vector{0}, DeliveryMode::init, Trigger::edge, {}}));
  second.service();
  EXPECT_TRUE(domain.port(1).starts.empty());
  EXPECT_TRUE(second.is_waiting_for_startup());
}

TEST_F(LocalApicTest, HypercallsStartAndStopToo) {
  domain.apic(1).set_waiting_for_startup(false);
  EXPECT_TRUE(domain.apic(1).accept_nmi());
  EXPECT_FALSE(domain.apic(1).deliver({Vector{7}, DeliveryMode::startup, Trigger::edge, {}}));
}

// ---- what a processor does with the page that was handed over

struct HandoverTest : LocalApicTest {
  u32 words[RegisterPage::bytes / sizeof(u32)] = {};
  FakeDomain own{1, [this](auto& c) { c.registers = words; }};
  LocalApic& handed = own.apic(0);
  HandoverTest() { own.x2apic_all(); }

  u32& word(ApicRegister bitmap, unsigned vector) { return words[(static_cast<unsigned>(bitmap) + vector / 32) * 4]; }
  static u32 bit_of(unsigned vector) { return 1u << vector % 32; }
  // Virtual-interrupt delivery (Intel SDM volume 3C, section 30.2.2), without the priorities.
  void processor_delivers(unsigned vector) {
    word(ApicRegister::request, vector) &= ~bit_of(vector);
    word(ApicRegister::in_service, vector) |= bit_of(vector);
    words[0xa0 / 4] = vector & 0xf0;
  }
  void processor_ends(unsigned vector) {
    word(ApicRegister::in_service, vector) &= ~bit_of(vector);
    words[0xa0 / 4] = 0;
  }
};

TEST_F(HandoverTest, RequestsAreInThePage) {
  EXPECT_TRUE(handed.accept(Vector{0x31}));
  EXPECT_TRUE(handed.accept(Vector{0xe1}));
  EXPECT_EQ(word(ApicRegister::request, 0x31), 0u);  // it may be the processor's now
  LocalApic::Handover now = handed.hand_over();
  EXPECT_EQ(now.requested, 0xe1);
  EXPECT_EQ(now.in_service, 0);
  EXPECT_EQ(word(ApicRegister::request, 0x31), bit_of(0x31));
  EXPECT_EQ(word(ApicRegister::request, 0xe1), bit_of(0xe1));
}

TEST_F(HandoverTest, WhatTheProcessorDeliveredIsNotPendingAnyMore) {
  EXPECT_TRUE(handed.accept(Vector{0x31}));
  static_cast<void>(handed.hand_over());
  processor_delivers(0x31);
  handed.take_back(0, 0x31);
  EXPECT_EQ(handed.priority_class(), 3);
  EXPECT_TRUE(handed.accept(Vector{0x35}));  // of the class that is in service
  EXPECT_FALSE(handed.highest_pending());
  LocalApic::Handover now = handed.hand_over();
  EXPECT_EQ(now.requested, 0x35);
  EXPECT_EQ(now.in_service, 0x31);
  processor_ends(0x31);
  handed.take_back(0x35, 0);
  EXPECT_EQ(handed.highest_pending(), Vector{0x35});
}

TEST_F(HandoverTest, NothingIsPendingWhenAllIsDelivered) {
  EXPECT_TRUE(handed.accept(Vector{0x31}));
  static_cast<void>(handed.hand_over());
  processor_delivers(0x31);
  processor_ends(0x31);
  handed.take_back(0, 0);
  EXPECT_EQ(handed.hand_over().requested, 0);
  EXPECT_FALSE(handed.has_pending());
}

TEST_F(HandoverTest, InterruptsToItselfAreFoundAgain) {
  static_cast<void>(handed.hand_over());
  word(ApicRegister::request, 0x31) |= bit_of(0x31);
  word(ApicRegister::request, 0xe1) |= bit_of(0xe1);
  handed.take_back(0xe1, 0);
  EXPECT_TRUE(handed.has_pending());
  EXPECT_EQ(take_interrupt(handed), 0xe1u);
  handed.end_of_interrupt();
  EXPECT_EQ(take_interrupt(handed), 0x31u);
}

TEST_F(HandoverTest, EndsOfLevelTriggeredInterruptsAreToldOn) {
  EXPECT_TRUE(handed.hand_over().triggers_changed);  // once, at the start
  EXPECT_FALSE(handed.hand_over().triggers_changed);
  EXPECT_TRUE(handed.accept(Vector{0x31}, Trigger::level));
  EXPECT_TRUE(handed.hand_over().triggers_changed);
  EXPECT_EQ(handed.level_triggered(1), bit_of(0x31));
  processor_delivers(0x31);
  processor_ends(0x31);
  handed.take_back(0, 0);
  handed.hardware_ended(Vector{0x31});
  EXPECT_EQ(own.port(0).broadcasts, std::vector<u8>{0x31});
}

TEST_F(HandoverTest, SwitchedOffItHandsOverNoRequests) {
  EXPECT_TRUE(handed.accept(Vector{0x31}));
  EXPECT_TRUE(handed.is_x2apic_enabled());
  static_cast<void>(handed.write_msr(0x80f, 0xff));
  EXPECT_FALSE(handed.is_x2apic_enabled());
  EXPECT_EQ(handed.hand_over().requested, 0);
  static_cast<void>(handed.write_msr(0x80f, 0x1ff));
  EXPECT_EQ(handed.hand_over().requested, 0x31);
}

TEST_F(HandoverTest, TheProcessorReadsTheVersionAndTheIdentifier) {
  EXPECT_EQ(words[0x20 / 4], 0u);
  EXPECT_EQ(words[0x30 / 4], 0x0005'0014u);
}

// ---- property: whatever the order, each accepted vector is delivered exactly once for each time it was not pending,
// in the order of priorities.
TEST_F(LocalApicTest, RandomTrafficAgreesWithAModel) {
  std::mt19937 random{1};
  std::set<unsigned> pending;
  std::vector<unsigned> in_service;
  unsigned tpr = 0;
  for (int i = 0; i < 200'000; ++i) {
    switch (random() % 4) {
      case 0: {
        unsigned vector = 16 + random() % 240;
        accept(vector, random() % 2 ? Trigger::level : Trigger::edge);
        pending.insert(vector);
        break;
      }
      case 1:
        if (random() % 8 == 0) apic.set_cr8(static_cast<u8>(tpr = random() % 16));
        apic.end_of_interrupt();
        if (!in_service.empty()) in_service.pop_back();
        break;
      default: {
        unsigned floor = std::max(tpr, in_service.empty() ? 0 : in_service.back() >> 4);
        unsigned expected = pending.empty() || *pending.rbegin() >> 4 <= floor ? 0 : *pending.rbegin();
        ASSERT_EQ(apic.has_pending(), !pending.empty());
        ASSERT_EQ(take(), expected);
        if (!expected) break;
        pending.erase(expected);
        in_service.push_back(expected);
      }
    }
  }
}

}  // namespace
}  // namespace xenolith::vapic
