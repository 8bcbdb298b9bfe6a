// SPDX-License-Identifier: MIT
#include "core/base/cpu_set.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "core/base/atomic_cpu_set.hpp"

namespace xenolith {
namespace {

std::vector<u32> members(const CpuSet& set) {
  std::vector<u32> result;
  for (CpuId cpu : set) result.push_back(cpu.raw());
  return result;
}

TEST(CpuSet, IteratesAcrossWords) {
  CpuSet set;
  for (u32 cpu : {0u, 5u, 63u, 64u, 127u}) set.add(CpuId{cpu});
  EXPECT_EQ(members(set), (std::vector<u32>{0, 5, 63, 64, 127}));
  EXPECT_EQ(set.count(), 5u);
  EXPECT_EQ(set.next_after(CpuId{5})->raw(), 63u);
  EXPECT_EQ(set.next_after(CpuId{127}), std::nullopt);
  EXPECT_EQ(set.next_wrapping(CpuId{127})->raw(), 0u);
}

TEST(CpuSet, IgnoresNumbersOutOfRange) {
  CpuSet set;
  set.add(CpuId{arch::max_cpus});
  set.add(CpuId{~u32{0}});
  EXPECT_TRUE(set.empty());
  EXPECT_FALSE(CpuSet::all().contains(CpuId{arch::max_cpus}));
  EXPECT_EQ(CpuSet::all().next_after(CpuId{~u32{0}}), std::nullopt);
}

TEST(CpuSet, SetAlgebra) {
  CpuSet low = CpuSet::first_n(70), high = CpuSet::all().without(CpuSet::first_n(60));
  EXPECT_EQ((low & high).count(), 10u);
  EXPECT_EQ(low | high, CpuSet::all());
  EXPECT_TRUE(low.intersects(high));
  EXPECT_TRUE((low & high).is_subset_of(low));
  EXPECT_FALSE(low.is_subset_of(high));
  EXPECT_EQ(CpuSet::first_n(9999), CpuSet::all());
  EXPECT_TRUE(CpuSet::first_n(0).empty());
}

TEST(AtomicCpuSet, OnlyOneTakes) {
  AtomicCpuSet set;
  set.add(CpuId{100});
  EXPECT_TRUE(set.contains(CpuId{100}));
  EXPECT_TRUE(set.take(CpuId{100}));
  EXPECT_FALSE(set.take(CpuId{100}));
  EXPECT_TRUE(set.snapshot().empty());
}

}  // namespace
}  // namespace xenolith
