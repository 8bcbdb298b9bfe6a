// SPDX-License-Identifier: MIT
// More interrupts than list registers, priorities, and interrupts that move between vCPUs.
#include <gtest/gtest.h>

#include <set>

#include "arch/arm64/vgic/fakes.hpp"

namespace xenolith::vgic {
namespace {

struct ListFilling : testing::Test {
  FakeDomain domain{Version::v3, 2, 4};
  gic::FakeVirtualInterface& guest = domain.guest(0);
  void raise(u32 intid, u8 priority) {
    domain.distributor->spi(intid).set(IrqWord::edge);
    domain.distributor->spi(intid).set_priority(priority);
    domain.distributor->raise(Intid{intid});
  }
};

TEST_F(ListFilling, TheMostUrgentGetTheRegisters) {
  for (u32 i = 0; i < 8; ++i) raise(40 + i, static_cast<u8>(0x80 - i * 8));
  domain.enter(0);
  std::set<u32> there;
  for (unsigned i = 0; i < 4; ++i) there.insert(guest.list[i].intid);
  EXPECT_EQ(there, (std::set<u32>{44, 45, 46, 47}));
  EXPECT_TRUE(guest.tells);
}

TEST_F(ListFilling, AllComeByAndByInTheOrderOfPriorities) {
  for (u32 i = 0; i < 8; ++i) raise(40 + i, static_cast<u8>(0x80 - i * 8));
  std::vector<u32> order;
  while (order.size() < 20) {
    domain.enter(0);
    u32 intid;
    while ((intid = guest.take()) != 1023) {
      order.push_back(intid);
      guest.end(intid);
    }
    bool told = guest.has_maintenance();
    domain.leave(0);
    if (!told) break;
  }
  EXPECT_EQ(order, (std::vector<u32>{47, 46, 45, 44, 43, 42, 41, 40}));
}

TEST_F(ListFilling, EqualPrioritiesGoByNumber) {
  raise(50, 0xa0);
  raise(40, 0xa0);
  domain.enter(0);
  EXPECT_EQ(guest.list[0].intid, 40u);
  domain.leave(0);
}

// The guest has taken more than there are registers, each more urgent than the one before.
TEST_F(ListFilling, EndsWithoutARegisterAreCounted) {
  std::vector<u32> taken;
  for (u32 i = 0; i < 6; ++i) {
    domain.distributor->link_hardware(Intid{40 + i}).take();
    raise(40 + i, static_cast<u8>(0x80 - i * 8));
    domain.enter(0);
    u32 intid = guest.take();
    ASSERT_EQ(intid, 40 + i);
    taken.push_back(intid);
    domain.leave(0);
  }
  domain.enter(0);
  EXPECT_FALSE(guest.tells);
  for (; !taken.empty(); taken.pop_back()) guest.end(taken.back());
  domain.leave(0);
  EXPECT_EQ(domain.port.deactivated, (std::vector<u32>{41, 40}));
  std::multiset<u32> ended(guest.deactivated.begin(), guest.deactivated.end());
  ended.insert(domain.port.deactivated.begin(), domain.port.deactivated.end());
  EXPECT_EQ(ended, (std::multiset<u32>{40, 41, 42, 43, 44, 45}));
  EXPECT_FALSE(domain.cpu(0).has_deliverable());
}

TEST_F(ListFilling, OnePendingIsThereThoughActiveOnesFillTheRegisters) {
  for (u32 i = 0; i < 4; ++i) {
    raise(40 + i, static_cast<u8>(0x80 - i * 8));
    domain.enter(0);
    ASSERT_EQ(guest.take(), 40 + i);
    domain.leave(0);
  }
  raise(60, 0x10);
  raise(61, 0x08);
  domain.enter(0);
  ASSERT_TRUE(guest.find(61));
  EXPECT_FALSE(guest.find(60));
  EXPECT_TRUE(guest.tells && !guest.has_maintenance());
  EXPECT_EQ(guest.take(), 61u);
  EXPECT_TRUE(guest.has_maintenance());
  domain.leave(0);
}

// ---- moving

TEST_F(ListFilling, PendingInterruptMovesAtOnce) {
  raise(40, 0xa0);
  domain.distributor->write_distributor(0, 0x6000 + 8 * 40, 8, 1);
  EXPECT_EQ(domain.serve(0), 1023u);
  EXPECT_EQ(domain.serve(1), 40u);
}

TEST_F(ListFilling, LoadedInterruptMovesWhenItsVcpuLeaves) {
  raise(40, 0xa0);
  domain.enter(0);
  unsigned before = domain.wakes(0);
  domain.distributor->write_distributor(1, 0x6000 + 8 * 40, 8, 1);
  EXPECT_GT(domain.wakes(0), before);
  domain.enter(1);
  EXPECT_FALSE(domain.guest(1).find(40));
  domain.leave(1);
  before = domain.wakes(1);
  domain.leave(0);
  EXPECT_GT(domain.wakes(1), before);
  EXPECT_EQ(domain.serve(1), 40u);
  EXPECT_EQ(domain.serve(0), 1023u);
}

TEST_F(ListFilling, LoadedInterruptMovesAtTheNextEntryAtTheLatest) {
  raise(40, 0xa0);
  domain.enter(0);
  domain.leave_quietly(0);
  domain.distributor->write_distributor(1, 0x6000 + 8 * 40, 8, 1);
  unsigned before = domain.wakes(1);
  domain.enter(0);
  EXPECT_FALSE(guest.find(40));
  EXPECT_GT(domain.wakes(1), before);
  EXPECT_EQ(domain.serve(1), 40u);
}

TEST_F(ListFilling, ActiveInterruptIsEndedWhereItWasTaken) {
  raise(40, 0xa0);
  domain.enter(0);
  EXPECT_EQ(guest.take(), 40u);
  domain.leave(0);
  domain.distributor->write_distributor(0, 0x6000 + 8 * 40, 8, 1);
  domain.distributor->raise(Intid{40});
  domain.enter(1);
  EXPECT_FALSE(domain.guest(1).find(40));
  domain.leave(1);
  domain.enter(0);
  ASSERT_TRUE(guest.find(40) && guest.find(40)->active);
  guest.end(40);
  // What came for it meanwhile is in the register already.
  EXPECT_EQ(guest.take(), 40u);
  guest.end(40);
  domain.leave(0);
  domain.distributor->raise(Intid{40});
  EXPECT_EQ(domain.serve(1), 40u);
}

TEST_F(ListFilling, WithdrawnWhileLoaded) {
  raise(40, 0xa0);
  domain.enter(0);
  domain.distributor->write_distributor(1, 0x280 + 4, 4, 1u << 8);
  domain.leave(0);
  EXPECT_EQ(domain.serve(0), 1023u);
  raise(40, 0xa0);
  domain.enter(0);
  unsigned before = domain.wakes(0);
  domain.distributor->write_distributor(1, 0x180 + 4, 4, 1u << 8);  // switched off: stays pending
  EXPECT_GT(domain.wakes(0), before);
  domain.leave(0);
  EXPECT_EQ(domain.serve(0), 1023u);
  domain.distributor->write_distributor(1, 0x100 + 4, 4, 1u << 8);
  EXPECT_EQ(domain.serve(0), 40u);
}

}  // namespace
}  // namespace xenolith::vgic
