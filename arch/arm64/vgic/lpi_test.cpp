// SPDX-License-Identifier: MIT
// LPIs: the set of those that wait, their way through the list registers, and the registers of redistributors.
#include <gtest/gtest.h>

#include "arch/arm64/vgic/fakes.hpp"

namespace xenolith::vgic {
namespace {

TEST(LpiSet, GivesEachOnceTheLowestFirst) {
  LpiSet set;
  EXPECT_FALSE(set.any());
  for (u32 intid : {8192u + 8191u, 8192u + 4096u, 8192u, 8192u + 64u}) EXPECT_TRUE(set.add(intid));
  EXPECT_FALSE(set.add(8192));
  EXPECT_TRUE(set.any());
  for (u32 intid : {8192u, 8192u + 64u, 8192u + 4096u, 8192u + 8191u}) EXPECT_EQ(set.take(), intid);
  EXPECT_EQ(set.take(), std::nullopt);
  EXPECT_FALSE(set.any());
  EXPECT_TRUE(set.add(8192));
}

TEST(LpiSet, IgnoresNumbersThatAreNotThere) {
  LpiSet set;
  for (u32 intid : {0u, 1023u, 8191u, 16384u, ~0u}) EXPECT_FALSE(set.add(intid));
  EXPECT_FALSE(set.any());
}

struct Lpis : testing::Test {
  FakeDomain domain{Version::v3, 2, 4, 64, true};
  gic::FakeVirtualInterface& guest = domain.guest(0);
  void raise(u32 intid) { domain.cpu(0).raise_lpi(Intid{intid}); }
  void raise_spi(u32 intid) {
    domain.distributor->spi(intid).set(IrqWord::edge);
    domain.distributor->raise(Intid{intid});
  }
};

TEST_F(Lpis, WakeTheVcpuAndComeToIt) {
  unsigned before = domain.wakes(0);
  raise(8200);
  raise(8200);
  EXPECT_EQ(domain.wakes(0), before + 1);
  EXPECT_TRUE(domain.cpu(0).has_deliverable());
  EXPECT_FALSE(domain.cpu(1).has_deliverable());
  EXPECT_EQ(domain.serve(0), 8200u);
  EXPECT_FALSE(domain.cpu(0).has_deliverable());
  EXPECT_EQ(domain.serve(0), 1023u);
}

TEST_F(Lpis, WhatTheGuestDoesNotTakeStays) {
  raise(8200);
  domain.enter(0);
  domain.leave(0);
  EXPECT_TRUE(domain.cpu(0).has_deliverable());
  EXPECT_EQ(domain.serve(0), 8200u);
}

TEST_F(Lpis, AreNeverActive) {
  raise(8200);
  domain.enter(0);
  EXPECT_EQ(guest.take(), 8200u);
  raise(8200);  // while the guest is dealing with it
  domain.leave(0);
  EXPECT_EQ(domain.serve(0), 8200u);
}

TEST_F(Lpis, MoreThanRegistersComeByAndBy) {
  for (u32 i = 0; i < 6; ++i) raise(8200 + i);
  raise_spi(40);
  std::vector<u32> order;
  for (bool told = true; told;) {
    domain.enter(0);
    for (u32 intid; (intid = guest.take()) != 1023; guest.end(intid)) order.push_back(intid);
    told = guest.has_maintenance();
    domain.leave(0);
  }
  EXPECT_EQ(order, (std::vector<u32>{40, 8200, 8201, 8202, 8203, 8204, 8205}));
}

TEST_F(Lpis, ActiveInterruptsDoNotKeepThemOut) {
  for (u32 i = 0; i < 4; ++i) {
    domain.distributor->spi(40 + i).set_priority(static_cast<u8>(0x90 - i * 8));
    raise_spi(40 + i);
    domain.enter(0);
    EXPECT_EQ(guest.take(), 40 + i);
    domain.leave(0);
  }
  raise(8200);
  domain.enter(0);
  EXPECT_NE(guest.find(8200), nullptr);
  domain.leave(0);
}

TEST_F(Lpis, TheirRegistersAreTheMachines) {
  Distributor& registers = *domain.distributor;
  domain.port.machine[{1, 8}] = u64{7} << 8;
  EXPECT_EQ(registers.read_distributor(0, 4, 4) >> 17 & 0x7d, 13u << 2 | 1u);        // 14 bits, LPIs
  EXPECT_EQ(registers.read_redistributor(1, 8, 8) & 0xffff01, u64{7} << 8 | 1);  // the machine's number, LPIs
  registers.write_redistributor(1, 0x70, 8, 0x1234'5678'9abc);
  registers.write_redistributor(1, 0x7c, 4, 0xdef0);
  EXPECT_EQ((domain.port.machine[{1, 0x70}]), 0x1234'5678'9abcu);
  EXPECT_EQ((domain.port.machine[{1, 0x78}]), u64{0xdef0} << 32);
  EXPECT_EQ(registers.read_redistributor(1, 0x74, 4), 0x1234u);
  registers.write_redistributor(1, 0, 4, ~u64{0});
  EXPECT_EQ((domain.port.machine[{1, 0}]), 1u);
  EXPECT_EQ(registers.read_redistributor(1, 0, 4), 1u);
}

TEST(NoLpis, NothingTellsOfThem) {
  FakeDomain domain{Version::v3};
  EXPECT_EQ(domain.distributor->read_distributor(0, 4, 4) >> 17 & 0x7d, 9u << 2);
  EXPECT_EQ(domain.distributor->read_redistributor(1, 8, 8) & 0xffff01, u64{1} << 8);
  domain.distributor->write_redistributor(1, 0x70, 8, 1);
  domain.distributor->write_redistributor(1, 0, 4, 1);
  EXPECT_TRUE(domain.port.machine.empty());
  domain.cpu(0).raise_lpi(Intid{8200});
  EXPECT_FALSE(domain.cpu(0).has_deliverable());
}

}  // namespace
}  // namespace xenolith::vgic
