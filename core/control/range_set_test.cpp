// SPDX-License-Identifier: MIT
#include "core/control/range_set.hpp"

#include <arch/fake.hpp>
#include <gtest/gtest.h>

#include <random>
#include <set>

namespace xenolith {
namespace {

TEST(RangeSet, MergesAndSplits) {
  RangeSet set;
  EXPECT_TRUE(set.add(10, 19));
  EXPECT_TRUE(set.add(20, 29));
  EXPECT_TRUE(set.contains(10, 29));
  EXPECT_FALSE(set.contains(9, 10));
  EXPECT_TRUE(set.remove(15, 24));
  EXPECT_TRUE(set.contains(10, 14));
  EXPECT_FALSE(set.overlaps(15, 24));
  EXPECT_TRUE(set.contains(25, 29));
  EXPECT_TRUE(set.remove(0, 100));
  EXPECT_TRUE(set.empty());
}

TEST(RangeSet, TheEndsOfTheNumbers) {
  RangeSet set;
  EXPECT_TRUE(set.add(~u64{0} - 1, ~u64{0}));
  EXPECT_TRUE(set.add(0, 5));
  EXPECT_TRUE(set.contains(~u64{0}, ~u64{0}));
  EXPECT_FALSE(set.contains(0, ~u64{0}));
  EXPECT_TRUE(set.remove(~u64{0}, ~u64{0}));
  EXPECT_FALSE(set.contains(~u64{0}, ~u64{0}));
}

TEST(RangeSet, AgreesWithAPlainSet) {
  std::mt19937 random{1};
  RangeSet set;
  std::set<u64> plain;
  for (int i = 0; i < 3000; ++i) {
    u64 first = random() % 200, last = first + random() % 20;
    bool add = random() % 2;
    ASSERT_TRUE(add ? set.add(first, last) : set.remove(first, last));
    for (u64 n = first; n <= last; ++n) add ? void(plain.insert(n)) : void(plain.erase(n));
    for (u64 n = 0; n < 230; ++n) ASSERT_EQ(set.contains(n, n), plain.contains(n)) << n;
  }
}

TEST(RangeSet, NoMemoryChangesNothing) {
  RangeSet set;
  fake::fail_allocation(0);
  EXPECT_EQ(set.add(1, 2).error(), XEN_ENOMEM);
  fake::fail_allocation(-1);
  EXPECT_TRUE(set.empty());
}

}  // namespace
}  // namespace xenolith
