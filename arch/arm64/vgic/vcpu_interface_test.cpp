// SPDX-License-Identifier: MIT
#include "arch/arm64/vgic/vcpu_interface.hpp"

#include <gtest/gtest.h>

#include "arch/arm64/vgic/fakes.hpp"

namespace xenolith::vgic {
namespace {

constexpr Intid timer{27}, events{31}, disk{40};

struct BothVersions : testing::TestWithParam<Version> {
  FakeDomain domain{GetParam()};
  gic::FakeVirtualInterface& guest = domain.guest(0);
};
INSTANTIATE_TEST_SUITE_P(Versions, BothVersions, testing::Values(Version::v2, Version::v3));

TEST_P(BothVersions, NothingToDoTouchesNothing) {
  domain.enter(0);
  EXPECT_FALSE(guest.is_enabled);
  domain.leave(0);
  EXPECT_FALSE(domain.cpu(0).has_deliverable());
}

TEST_P(BothVersions, EdgeIsDeliveredOnce) {
  domain.cpu(0).raise(events);
  EXPECT_EQ(domain.wakes(0), 1u + 1u);  // the distributor's being switched on is the first
  EXPECT_TRUE(domain.cpu(0).has_deliverable());
  EXPECT_EQ(domain.serve(0), events.raw());
  EXPECT_FALSE(domain.cpu(0).has_deliverable());
  EXPECT_EQ(domain.serve(0), 1023u);
  EXPECT_EQ(domain.wakes(1), 1u);
}

TEST_P(BothVersions, EdgeDuringServiceComesAgain) {
  domain.cpu(0).raise(events);
  domain.enter(0);
  EXPECT_EQ(guest.take(), events.raw());
  domain.cpu(0).raise(events);
  domain.leave(0);
  domain.enter(0);
  const gic::ListRegister* both = guest.find(events.raw());
  ASSERT_TRUE(both);
  EXPECT_TRUE(both->pending && both->active);
  guest.end(events.raw());
  EXPECT_EQ(guest.take(), events.raw());
  guest.end(events.raw());
  domain.leave(0);
  EXPECT_EQ(domain.serve(0), 1023u);
}

TEST_P(BothVersions, UntakenInterruptStaysPendingOverExits) {
  domain.cpu(0).raise(events);
  for (int i = 0; i < 3; ++i) {
    domain.enter(0);
    domain.leave(0);
    EXPECT_TRUE(domain.cpu(0).has_deliverable());
  }
  EXPECT_EQ(domain.serve(0), events.raw());
}

TEST_P(BothVersions, ListRegistersStayAsTheyAreOverExits) {
  domain.cpu(0).raise(events);
  domain.enter(0);
  unsigned writes = guest.writes;
  for (int i = 0; i < 3; ++i) {
    domain.leave_quietly(0);
    domain.enter(0);
  }
  EXPECT_EQ(guest.take(), events.raw());
  domain.leave_quietly(0);
  domain.enter(0);
  guest.end(events.raw());
  EXPECT_EQ(guest.take(), 1023u);
  EXPECT_EQ(guest.writes, writes);
  domain.leave_quietly(0);
  EXPECT_FALSE(domain.cpu(0).has_deliverable());
}

TEST_P(BothVersions, NewsReachAGuestWhoseListRegistersStay) {
  domain.cpu(0).raise(events);
  domain.enter(0);
  EXPECT_EQ(guest.take(), events.raw());
  domain.leave_quietly(0);
  domain.cpu(0).raise(Intid{30});
  domain.cpu(0).raise(events);
  domain.enter(0);
  EXPECT_TRUE(guest.find(events.raw())->pending && guest.find(events.raw())->active);
  EXPECT_TRUE(guest.find(30)->pending);
  domain.leave_quietly(0);
  domain.distributor->write_distributor(1, 0, 4, 0);  // off
  domain.enter(0);
  EXPECT_TRUE(guest.find(events.raw())->active);
  EXPECT_FALSE(guest.find(30));
  domain.leave_quietly(0);
}

TEST_P(BothVersions, WhatIsSavedHasBeenLookedAt) {
  domain.cpu(0).link_hardware(timer);
  domain.cpu(0).raise(timer);
  domain.enter(0);
  guest.end(guest.take());
  domain.leave_quietly(0);
  EXPECT_TRUE(domain.cpu(0).is_in_use(timer));  // as far as is known
  domain.cpu(0).save();
  EXPECT_FALSE(domain.cpu(0).is_in_use(timer));
  EXPECT_FALSE(guest.is_enabled);
}

// A level interrupt tells of its end, which the machine must not be told of again and again: off, and looked at, at once.
TEST_P(BothVersions, WhatTellsOfItsEndIsLookedAtAtEachExit) {
  domain.cpu(0).set_line(Intid{30}, true);
  domain.enter(0);
  guest.end(guest.take());
  domain.leave_quietly(0);
  EXPECT_FALSE(guest.is_enabled);
  EXPECT_EQ(domain.serve(0), 30u);
}

TEST_P(BothVersions, LineIsDeliveredUntilItFalls) {
  Intid line{30};  // private ones but SGIs are level-sensitive
  domain.cpu(0).set_line(line, true);
  domain.enter(0);
  EXPECT_TRUE(guest.find(30)->tell_end);
  EXPECT_EQ(guest.take(), 30u);
  EXPECT_FALSE(guest.has_maintenance());
  guest.end(30);
  EXPECT_TRUE(guest.has_maintenance());
  domain.leave(0);
  EXPECT_EQ(domain.serve(0), 30u);
  domain.cpu(0).set_line(line, false);
  EXPECT_EQ(domain.serve(0), 1023u);
}

TEST_P(BothVersions, LineThatFallsBeforeItIsTakenIsForgotten) {
  domain.cpu(0).set_line(Intid{30}, true);
  domain.enter(0);
  domain.cpu(0).set_line(Intid{30}, false);
  domain.leave(0);
  EXPECT_EQ(domain.serve(0), 1023u);
}

TEST_P(BothVersions, SoftwarePendingOfALevelInterruptIsTakenOnce) {
  domain.cpu(0).raise(Intid{30});
  domain.enter(0);
  domain.leave(0);
  EXPECT_EQ(domain.serve(0), 30u);
  EXPECT_EQ(domain.serve(0), 1023u);
}

TEST_P(BothVersions, LinkedInterruptIsNeverPendingAndActive) {
  domain.cpu(0).link_hardware(timer);
  domain.cpu(0).raise(timer);
  domain.enter(0);
  const gic::ListRegister* list = guest.find(27);
  ASSERT_TRUE(list && list->hardware && list->pending && !list->active && !list->tell_end);
  EXPECT_EQ(list->physical, 27u);
  EXPECT_EQ(guest.take(), 27u);
  domain.leave(0);
  EXPECT_TRUE(domain.cpu(0).is_in_use(timer));
  domain.cpu(0).raise(timer);
  domain.enter(0);
  EXPECT_TRUE(guest.find(27)->active && !guest.find(27)->pending);
  guest.end(27);
  EXPECT_EQ(guest.deactivated, std::vector<u32>{27});
  domain.leave(0);
  EXPECT_EQ(domain.serve(0), 27u);
  domain.cpu(0).collect();
  EXPECT_FALSE(domain.cpu(0).is_in_use(timer));
}

TEST_P(BothVersions, DisabledInterruptWaits) {
  domain.cpu(0).irq(events).clear(IrqWord::enabled);
  domain.cpu(0).raise(events);
  EXPECT_FALSE(domain.cpu(0).has_deliverable());
  EXPECT_EQ(domain.serve(0), 1023u);
  domain.distributor->write_distributor(0, 0x100, 4, 1u << 31);
  EXPECT_TRUE(domain.cpu(0).has_deliverable());
  EXPECT_EQ(domain.serve(0), 31u);
}

TEST_P(BothVersions, DistributorThatIsOffHoldsBack) {
  domain.distributor->write_distributor(0, 0, 4, 0);
  domain.cpu(0).raise(events);
  EXPECT_FALSE(domain.cpu(0).has_deliverable());
  EXPECT_EQ(domain.serve(0), 1023u);
  unsigned before = domain.wakes(0);
  domain.distributor->write_distributor(0, 0, 4, 3);
  EXPECT_GT(domain.wakes(0), before);
  EXPECT_EQ(domain.serve(0), 31u);
}

TEST_P(BothVersions, PriorityMaskDecidesWhetherAWaitEnds) {
  domain.cpu(0).raise(events);
  EXPECT_TRUE(domain.cpu(0).has_deliverable());
  guest.state.control = GetParam() == Version::v2 ? 0xa000'0003 : 0xa000'0003;  // masks 0xa0 and what is less urgent
  EXPECT_FALSE(domain.cpu(0).has_deliverable());
  guest.state.control = 0xf800'0000;  // no group is on
  EXPECT_FALSE(domain.cpu(0).has_deliverable());
}

TEST_P(BothVersions, StateMovesWithTheVcpu) {
  domain.cpu(0).raise(events);
  domain.enter(0);
  EXPECT_EQ(guest.take(), 31u);
  domain.leave(0);
  guest.state.active_priorities_1[0] = 0x10;
  domain.cpu(0).save();
  EXPECT_TRUE(guest.list[0].is_empty());
  gic::FakeVirtualInterface other{2};
  domain.cpu(0).load(other);
  EXPECT_EQ(other.state.active_priorities_1[0], 0x10u);
  domain.enter(0);
  ASSERT_TRUE(other.find(31));
  EXPECT_TRUE(other.find(31)->active);
  other.end(31);
  domain.leave(0);
  domain.enter(0);
  EXPECT_FALSE(other.find(31));
  domain.leave(0);
}

TEST_P(BothVersions, ResetForgetsAllAndEndsTheMachinesInterrupts) {
  domain.cpu(0).link_hardware(timer);
  domain.cpu(0).raise(timer);
  domain.cpu(0).raise(events);
  domain.cpu(0).raise_sgi(Intid{3}, 1);
  domain.cpu(0).set_line(Intid{30}, true);
  domain.cpu(0).save();
  domain.cpu(0).reset();
  EXPECT_EQ(domain.port.deactivated, std::vector<u32>{27});
  EXPECT_FALSE(domain.cpu(0).is_in_use(timer) || domain.cpu(0).is_in_use(events));
  EXPECT_EQ(domain.cpu(0).sgi_sources(3), 0u);
  EXPECT_TRUE(domain.cpu(0).irq(Intid{30}).load().has(IrqWord::line));  // a device's doing
  EXPECT_TRUE(domain.cpu(0).irq(Intid{3}).load().has(IrqWord::edge));
}

TEST(VcpuInterface, SgisOfSeveralSendersComeOneAfterTheOtherOnGicV2) {
  FakeDomain domain{Version::v2, 4};
  gic::FakeVirtualInterface& guest = domain.guest(0);
  domain.cpu(0).raise_sgi(Intid{5}, 3);
  domain.cpu(0).raise_sgi(Intid{5}, 1);
  domain.enter(0);
  EXPECT_EQ(guest.find(5)->source, 1u);
  EXPECT_TRUE(guest.find(5)->tell_end);
  EXPECT_EQ(guest.take(), 5u);
  domain.leave(0);  // in the middle of its service: still from 1
  domain.enter(0);
  EXPECT_TRUE(guest.find(5)->active && !guest.find(5)->pending);
  EXPECT_EQ(guest.find(5)->source, 1u);
  guest.end(5);
  EXPECT_TRUE(guest.has_maintenance());
  domain.leave(0);
  domain.enter(0);
  EXPECT_EQ(guest.find(5)->source, 3u);
  EXPECT_FALSE(guest.find(5)->tell_end);
  EXPECT_EQ(guest.take(), 5u);
  guest.end(5);
  domain.leave(0);
  EXPECT_EQ(domain.serve(0), 1023u);
}

TEST(VcpuInterface, UntakenSgiKeepsItsSender) {
  FakeDomain domain{Version::v2, 4};
  domain.cpu(0).raise_sgi(Intid{5}, 3);
  domain.enter(0);
  domain.leave(0);
  EXPECT_EQ(domain.cpu(0).sgi_sources(5), 8u);
  domain.enter(0);
  EXPECT_EQ(domain.guest(0).find(5)->source, 3u);
  domain.leave(0);
}

TEST(VcpuInterface, SgisOfSeveralSendersMergeOnGicV3) {
  FakeDomain domain{Version::v3, 4};
  domain.cpu(0).raise_sgi(Intid{5}, 3);
  domain.cpu(0).raise_sgi(Intid{5}, 1);
  EXPECT_EQ(domain.serve(0), 5u);
  EXPECT_EQ(domain.serve(0), 1023u);
}

}  // namespace
}  // namespace xenolith::vgic
