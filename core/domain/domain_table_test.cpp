// SPDX-License-Identifier: MIT
#include <arch/fake.hpp>
#include <gtest/gtest.h>

#include "core/domain/domain.hpp"

namespace xenolith {
namespace {

TEST(DomainTable, KnowsDomainsByTheirIds) {
  fake::TestDomain far{0x7fef}, near{3};
  EXPECT_EQ(DomainTable::find(DomainId{3}), &*near);
  EXPECT_EQ(DomainTable::find(DomainId{0x7fef}), &*far);
  EXPECT_EQ(DomainTable::find(DomainId{4}), nullptr);
  for (u16 reserved : {DOMID_FIRST_RESERVED, DOMID_IO, DOMID_XEN, DOMID_INVALID})
    EXPECT_EQ(DomainTable::find(DomainId{reserved}), nullptr);
}

TEST(DomainTable, NamesTheCallerSelf) {
  fake::TestDomain one{3}, two{4};
  EXPECT_EQ(*DomainTable::find(one.vcpu(), DOMID_SELF), &*one);
  EXPECT_EQ(*DomainTable::find(one.vcpu(), 4), &*two);
  EXPECT_EQ(DomainTable::find(one.vcpu(), 5).error(), XEN_ESRCH);
}

TEST(DomainTable, IsWalkedInOrder) {
  fake::TestDomain c{0x7000}, a{3}, b{600};
  EXPECT_EQ(DomainTable::next(DomainId{0}), &*a);
  EXPECT_EQ(DomainTable::next(DomainId{4}), &*b);
  EXPECT_EQ(DomainTable::next(DomainId{601}), &*c);
  EXPECT_EQ(DomainTable::next(DomainId{0x7001}), nullptr);
}

TEST(DomainTable, HasOneDomainForAnId) {
  fake::TestDomain domain{3};
  EXPECT_EQ(DomainTable::publish(Ref<Domain>{*domain}).error(), XEN_EEXIST);
}

TEST(DomainTable, GivesFreeIdsFromAPlaceOnward) {
  fake::TestDomain a{1}, b{2};
  EXPECT_EQ(*DomainTable::free_id(DomainId{1}), DomainId{3});
  EXPECT_EQ(*DomainTable::free_id(DomainId{500}), DomainId{500});
  fake::TestDomain last{DOMID_FIRST_RESERVED - 1};
  EXPECT_EQ(*DomainTable::free_id(DomainId{DOMID_FIRST_RESERVED - 1}), DomainId{3});
}

TEST(DomainTable, KnowsTheHardwareDomainWhileItIsThere) {
  EXPECT_EQ(DomainTable::hardware_domain(), nullptr);
  {
    fake::TestDomain guest{5}, hardware{3, {.control = true, .hardware = true}};
    EXPECT_EQ(DomainTable::hardware_domain(), &*hardware);
  }
  EXPECT_EQ(DomainTable::hardware_domain(), nullptr);
}

TEST(DomainTable, WithdrawsOnlyTheDomainThatIsMeant) {
  fake::TestDomain first{3};
  DomainTable::withdraw(*first);
  EXPECT_EQ(DomainTable::find(DomainId{3}), nullptr);
  fake::TestDomain second{3};
  DomainTable::withdraw(*first);
  EXPECT_EQ(DomainTable::find(DomainId{3}), &*second);
}

}  // namespace
}  // namespace xenolith
