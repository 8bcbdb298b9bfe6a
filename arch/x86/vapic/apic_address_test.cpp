// SPDX-License-Identifier: MIT
#include "arch/x86/vapic/apic_address.hpp"

#include <gtest/gtest.h>

namespace xenolith::vapic {
namespace {

constexpr u8 flat = 0xf, cluster = 0x0;

ApicAddress xapic(u32 id, u8 logical = 0, u8 model = flat) {
  return ApicAddress::make(ApicId{id}, ApicMode::xapic, true, logical, model);
}
ApicAddress x2apic(u32 id) { return ApicAddress::make(ApicId{id}, ApicMode::x2apic, true, 0, flat); }
bool physical(ApicAddress address, u32 destination) { return address.matches({destination, false}); }
bool logical(ApicAddress address, u32 destination) { return address.matches({destination, true}); }

TEST(ApicAddress, PhysicalIdIsComparedInFull) {
  EXPECT_TRUE(physical(xapic(4), 4));
  EXPECT_FALSE(physical(xapic(4), 5));
  EXPECT_FALSE(physical(xapic(4), 0x104));
  EXPECT_TRUE(physical(xapic(0x104), 0x104));
  EXPECT_FALSE(physical(xapic(0x104), 4));
  EXPECT_TRUE(physical(x2apic(0x12345), 0x12345));
}

TEST(ApicAddress, BroadcastDependsOnTheReceiversMode) {
  EXPECT_TRUE(physical(xapic(4), 0xff));
  EXPECT_TRUE(logical(xapic(4), 0xff));
  EXPECT_TRUE(physical(xapic(4), 0xffff'ffff));
  EXPECT_TRUE(physical(x2apic(4), 0xffff'ffff));
  EXPECT_TRUE(logical(x2apic(4), 0xffff'ffff));
  EXPECT_FALSE(physical(x2apic(4), 0xff));
  EXPECT_TRUE(physical(x2apic(0xff), 0xff));
}

TEST(ApicAddress, FlatModelMatchesAnyCommonBit) {
  EXPECT_TRUE(logical(xapic(4, 0x04), 0x06));
  EXPECT_FALSE(logical(xapic(4, 0x04), 0x0b));
  EXPECT_FALSE(logical(xapic(4, 0x00), 0x0b));
  EXPECT_FALSE(logical(xapic(4, 0x04), 0x104));
}

TEST(ApicAddress, ClusterModelMatchesClusterAndMember) {
  EXPECT_TRUE(logical(xapic(4, 0x24, cluster), 0x26));
  EXPECT_FALSE(logical(xapic(4, 0x24, cluster), 0x16));
  EXPECT_FALSE(logical(xapic(4, 0x24, cluster), 0x2b));
  EXPECT_FALSE(logical(xapic(4, 0x24, 0x7), 0x24));
}

TEST(ApicAddress, X2apicLogicalIdFollowsFromTheId) {
  EXPECT_TRUE(logical(x2apic(0x25), 0x2'0020));
  EXPECT_TRUE(logical(x2apic(0x25), 0x2'ffff));
  EXPECT_FALSE(logical(x2apic(0x25), 0x1'0020));
  EXPECT_FALSE(logical(x2apic(0x25), 0x2'0010));
  EXPECT_TRUE(logical(x2apic(3), 0x08));
}

TEST(ApicAddress, DisabledApicHearsNothing) {
  auto off = ApicAddress::make(ApicId{4}, ApicMode::disabled, true, 0xff, flat);
  EXPECT_FALSE(physical(off, 4));
  EXPECT_FALSE(physical(off, 0xff));
  EXPECT_FALSE(logical(off, 0xff));
  EXPECT_FALSE(off.is_software_enabled());
}

}  // namespace
}  // namespace xenolith::vapic
