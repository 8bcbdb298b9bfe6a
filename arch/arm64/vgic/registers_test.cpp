// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "arch/arm64/vgic/affinity.hpp"
#include "arch/arm64/vgic/fakes.hpp"

namespace xenolith::vgic {
namespace {

struct RegistersV2 : testing::Test {
  FakeDomain domain{Version::v2, 4, 4, 64};
  u64 read(u64 offset, unsigned size = 4) { return domain.distributor->read_distributor(2, offset, size); }
  void write(u64 offset, u64 value, unsigned size = 4) { domain.distributor->write_distributor(2, offset, size, value); }
};
struct RegistersV3 : testing::Test {
  Places places{.redistributors = {{{GuestPhysical{0x1000'0000}, 0x4'0000}, {GuestPhysical{0x2000'0000}, 0x8'0000}}},
                .redistributor_regions = 2};
  FakeDomain domain{Version::v3, 4, 4, 100};
  u64 read(u64 offset, unsigned size = 4) { return domain.distributor->read_distributor(2, offset, size); }
  void write(u64 offset, u64 value, unsigned size = 4) { domain.distributor->write_distributor(2, offset, size, value); }
};

TEST_F(RegistersV2, Identification) {
  EXPECT_EQ(read(0x004), 2u | 3u << 5);
  EXPECT_EQ(read(0x008) & 0xfff, 0x43bu);
  EXPECT_EQ(read(0xfe8) & 0xf0, 0x20u);
  EXPECT_EQ(read(0x000), 3u);
  write(0x000, 0xffff'fffe);
  EXPECT_EQ(read(0x000), 2u);
}

TEST_F(RegistersV2, TargetsOfPrivateInterruptsNameTheReader) {
  EXPECT_EQ(read(0x800), 0x0404'0404u);
  write(0x800, 0x0101'0101);
  EXPECT_EQ(read(0x81c), 0x0404'0404u);
}

TEST_F(RegistersV2, TargetsOfSharedInterrupts) {
  EXPECT_EQ(read(0x800 + 40), 0x0101'0101u);
  write(0x800 + 41, 0x0a, 1);
  EXPECT_EQ(read(0x800 + 40), 0x0101'0201u);  // the first of several
  write(0x800 + 40, 0x0800'00f0);             // none that is there: ignored
  EXPECT_EQ(read(0x800 + 40), 0x0801'0201u);
  domain.distributor->raise(Intid{43});
  EXPECT_EQ(domain.serve(3), 43u);
}

TEST_F(RegistersV2, BitsAreSetAndClearedOneByOne) {
  write(0x180, ~0u);
  EXPECT_EQ(read(0x100), 0u);
  write(0x100, 0x8000'0001);
  write(0x102, 0x81, 1);
  EXPECT_EQ(read(0x100), 0x8081'0001u);
  EXPECT_EQ(read(0x180), 0x8081'0001u);
  EXPECT_EQ(read(0x103, 1), 0x80u);
  EXPECT_EQ(read(0x102, 2), 0x8081u);
  EXPECT_EQ(domain.distributor->read_distributor(0, 0x100, 4), ~u64{0} >> 32);  // another vCPU's own
}

TEST_F(RegistersV2, PrioritiesHaveFiveBits) {
  write(0x400 + 40, 0x1234'56ff);
  EXPECT_EQ(read(0x400 + 40), 0x1030'50f8u);
  EXPECT_EQ(read(0x400 + 42, 1), 0x30u);
}

TEST_F(RegistersV2, ConfigurationOfSharedInterruptsOnly) {
  EXPECT_EQ(read(0xc00), 0xaaaa'aaaau);
  write(0xc00, 0);
  EXPECT_EQ(read(0xc00), 0xaaaa'aaaau);
  write(0xc04, ~0u);
  EXPECT_EQ(read(0xc04), 0u);
  write(0xc08, 0xffff'0000);
  EXPECT_EQ(read(0xc08), 0xaaaa'0000u);
}

TEST_F(RegistersV2, SgisPendingBySender) {
  write(0xf20 + 5, 0x0b, 1);
  EXPECT_EQ(read(0xf20 + 4), 0x0b00u);
  write(0xf10 + 4, 0x0900);
  EXPECT_EQ(read(0xf20 + 5, 1), 0x02u);
  EXPECT_EQ(domain.serve(2), 5u);
  EXPECT_EQ(domain.serve(2), 1023u);
  write(0x200, 0xffff);  // SGIs are not made pending this way
  EXPECT_EQ(read(0x200), 0u);
}

TEST_F(RegistersV2, PendingAndActiveByRegister) {
  write(0x204, 1u << 8);
  EXPECT_EQ(read(0x204), 1u << 8);
  write(0x284, 1u << 8);
  EXPECT_EQ(read(0x284), 0u);
  write(0x304, 1u << 9);
  EXPECT_EQ(read(0x384), 1u << 9);
  domain.enter(0);
  ASSERT_TRUE(domain.guest(0).find(41));
  EXPECT_TRUE(domain.guest(0).find(41)->active);
  EXPECT_EQ(read(0x304), 1u << 9);
  domain.guest(0).end(41);
  domain.leave(0);
  EXPECT_EQ(read(0x304), 0u);
}

TEST_F(RegistersV2, WhatIsNotThereReadsZero) {
  for (u64 offset : {u64{0x00c}, u64{0x01c}, u64{0x080}, u64{0x10c}, u64{0xd00}, u64{0x6000 + 320}, u64{0xffe8}, u64{0xf'0000}}) {
    write(offset, ~0u);
    EXPECT_EQ(read(offset), 0u) << offset;
  }
  EXPECT_EQ(read(0x101, 4), 0u);
  EXPECT_EQ(read(0x100, 3), 0u);
}

TEST_F(RegistersV3, Identification) {
  EXPECT_EQ(read(0x004), 4u | 9u << 19 | 1u << 25);
  EXPECT_EQ(read(0xffe8) & 0xf0, 0x30u);
  EXPECT_EQ(read(0x000), 0x53u);
  EXPECT_EQ(read(0x080), ~u64{0} >> 32);
  EXPECT_EQ(read(0x824), 0u);
}

TEST_F(RegistersV3, RoutesInWholeAndInHalves) {
  EXPECT_EQ(read(0x6000 + 8 * 40, 8), 0u);
  write(0x6000 + 8 * 40, 3, 8);
  EXPECT_EQ(read(0x6000 + 8 * 40, 8), 3u);
  write(0x6000 + 8 * 40, 2, 4);
  write(0x6004 + 8 * 40, 0, 4);
  EXPECT_EQ(read(0x6000 + 8 * 40, 4), 2u);
  write(0x6000 + 8 * 40, 7, 8);  // not there
  EXPECT_EQ(read(0x6000 + 8 * 40, 8), 2u);
  write(0x6000 + 8 * 40, u64{1} << 31, 8);
  EXPECT_EQ(read(0x6000 + 8 * 40, 8), u64{1} << 31);
  domain.distributor->raise(Intid{40});
  EXPECT_EQ(domain.serve(0), 40u);
  write(0x6000 + 8 * 5, 1, 8);
  EXPECT_EQ(read(0x6000 + 8 * 5, 8), 0u);
}

TEST_F(RegistersV3, RedistributorsIdentifyThemselves) {
  FakePort port{4};
  auto distributor = Distributor::create({.version = Version::v3, .vcpus = 4, .places = &places}, port).take();
  EXPECT_EQ(distributor->read_redistributor(0, 8, 8), 0u);
  EXPECT_EQ(distributor->read_redistributor(1, 8, 8), u64{1} << 32 | 1u << 8 | 1u << 4);
  EXPECT_EQ(distributor->read_redistributor(2, 8, 4), 2u << 8);
  EXPECT_EQ(distributor->read_redistributor(2, 12, 4), 2u);
  EXPECT_EQ(distributor->read_redistributor(3, 8, 8), u64{3} << 32 | 3u << 8 | 1u << 4);
  EXPECT_EQ(distributor->read_redistributor(3, 0xffe8, 4) & 0xf0, 0x30u);
  EXPECT_EQ(distributor->read_redistributor(3, 0x14, 4), 0u);
}

TEST_F(RegistersV3, RedistributorsHoldPrivateInterrupts) {
  Distributor& distributor = *domain.distributor;
  distributor.write_redistributor(1, 0x1'0180, 4, ~0u);
  distributor.write_redistributor(1, 0x1'0100, 4, 0x0801'0000);
  EXPECT_EQ(distributor.read_redistributor(1, 0x1'0100, 4), 0x0801'0000u);
  EXPECT_EQ(distributor.read_redistributor(2, 0x1'0100, 4), ~u64{0} >> 32);
  EXPECT_EQ(distributor.read_redistributor(1, 0x1'0104, 4), 0u);
  distributor.write_redistributor(1, 0x1'0400 + 27, 1, 0x40);
  EXPECT_EQ(distributor.read_redistributor(1, 0x1'0418, 4), 0x40a0'a0a0u);
  EXPECT_EQ(distributor.read_redistributor(1, 0x1'0c00, 4), 0xaaaa'aaaau);
  EXPECT_EQ(distributor.read_redistributor(1, 0x1'0080, 4), ~u64{0} >> 32);
  distributor.write_redistributor(1, 0x1'0200, 4, 1u << 27);
  EXPECT_EQ(domain.serve(1), 27u);
}

TEST(Places, FindsDistributorAndRedistributors) {
  Places places{.distributor = {GuestPhysical{0x0800'0000}, 0x1'0000},
                .redistributors = {{{GuestPhysical{0x1000'0000}, 0x4'0000}, {GuestPhysical{0x2000'0000}, 0x8'0000}}},
                .redistributor_regions = 2};
  auto at = [&](u64 address) { return places.find(GuestPhysical{address}, 3); };
  EXPECT_TRUE(at(0x0800'ffff)->is_distributor);
  EXPECT_FALSE(at(0x0801'0000));
  EXPECT_EQ(at(0x1003'0008)->vcpu, 1u);
  EXPECT_EQ(at(0x1003'0008)->offset, 0x1'0008u);
  EXPECT_EQ(at(0x2000'0000)->vcpu, 2u);
  EXPECT_FALSE(at(0x2002'0000));  // no fourth vCPU
  EXPECT_FALSE(places.is_last_of_region(0));
  EXPECT_TRUE(places.is_last_of_region(1));
  EXPECT_TRUE(places.is_last_of_region(5));
}

TEST(Affinity, GoesBothWays) {
  for (unsigned n = 0; n < 4096; ++n) ASSERT_EQ(vcpu_of_affinity(affinity_of(n)), n);
  EXPECT_FALSE(vcpu_of_affinity(0x1'0000));
  EXPECT_FALSE(vcpu_of_affinity(u64{1} << 32));
}

}  // namespace
}  // namespace xenolith::vgic
