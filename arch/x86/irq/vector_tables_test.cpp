// SPDX-License-Identifier: MIT
#include "arch/x86/irq/vector_tables.hpp"

#include <gtest/gtest.h>

#include <arch/fake.hpp>
#include <memory>
#include <set>

#include "arch/x86/irq/fake_hardware.hpp"

namespace xenolith::irq {
namespace {

HostIrq& dummy(int n) { return *reinterpret_cast<HostIrq*>(u64{64} * (n + 1)); }

struct Tables : ::testing::Test {
  std::unique_ptr<VectorTables> tables = std::make_unique<VectorTables>();
  void SetUp() override {
    ASSERT_TRUE(tables->add_cpu(CpuId{0}));
    ASSERT_TRUE(tables->add_cpu(CpuId{1}));
  }
};

TEST_F(Tables, SpreadsCpusAndPriorities) {
  std::set<std::pair<u32, unsigned>> priorities;
  for (int n = 0; n < 20; ++n) {
    VectorSlot slot = *tables->allocate(dummy(n), CpuSet::all(), 1);
    EXPECT_TRUE(vectors::is_device(slot.vector));
    EXPECT_EQ(tables->find(slot.cpu, slot.vector), &dummy(n));
    priorities.insert({slot.cpu.raw(), slot.vector.raw() / 16u});
  }
  EXPECT_EQ(priorities.size(), 20u);
}

TEST_F(Tables, RunsOutAndRecovers) {
  std::set<unsigned> seen;
  for (unsigned n = 0; n < vectors::device_count - 1; ++n)
    EXPECT_TRUE(seen.insert(tables->allocate(dummy(0), CpuSet::of(CpuId{1}), 1)->vector.raw()).second);
  EXPECT_FALSE(seen.contains(vectors::pv_system_call.raw()));
  EXPECT_EQ(tables->allocate(dummy(0), CpuSet::of(CpuId{1}), 1).error(), XEN_ENOSPC);
  EXPECT_EQ(tables->allocate(dummy(0), CpuSet::all(), 1)->cpu, CpuId{0});

  VectorSlot gone{CpuId{1}, Vector{0x45}};
  tables->disown(gone, 1, dummy(0));
  tables->retire(gone, 1);
  EXPECT_EQ(tables->allocate(dummy(0), CpuSet::of(CpuId{1}), 1).error(), XEN_ENOSPC) << "not before it is reaped";
  tables->reap(CpuId{1}, [](Vector, HostIrq*) { return false; });
  EXPECT_EQ(tables->allocate(dummy(0), CpuSet::of(CpuId{1}), 1).error(), XEN_ENOSPC);
  tables->reap(CpuId{1}, [](Vector, HostIrq* owner) { return owner == nullptr; });
  EXPECT_EQ(tables->allocate(dummy(0), CpuSet::of(CpuId{1}), 1)->vector, Vector{0x45});
}

TEST_F(Tables, BlocksAreAligned) {
  for (unsigned count : {2u, 4u, 8u, 16u, 32u}) {
    VectorSlot slot = *tables->allocate(dummy(1), CpuSet::of(CpuId{0}), count);
    EXPECT_EQ(slot.vector.raw() % count, 0u);
    for (unsigned i = 0; i < count; ++i)
      EXPECT_EQ(tables->find(CpuId{0}, Vector{static_cast<u8>(slot.vector.raw() + i)}), &dummy(1));
  }
  EXPECT_EQ(tables->allocate(dummy(1), CpuSet::all(), 3).error(), XEN_EINVAL);
  EXPECT_EQ(tables->allocate(dummy(1), CpuSet::all(), 64).error(), XEN_EINVAL);
  int blocks = 0;
  while (tables->allocate(dummy(1), CpuSet::of(CpuId{1}), 32)) ++blocks;
  EXPECT_EQ(blocks, 4);
}

TEST_F(Tables, DisownLeavesOthersAlone) {
  VectorSlot slot = *tables->allocate(dummy(1), CpuSet::all(), 1);
  tables->disown(slot, 1, dummy(2));
  EXPECT_EQ(tables->find(slot.cpu, slot.vector), &dummy(1));
}

TEST_F(Tables, UnknownCpusHaveNothing) {
  EXPECT_EQ(tables->add_cpu(CpuId{arch::max_cpus}).error(), XEN_EINVAL);
  EXPECT_EQ(tables->allocate(dummy(1), CpuSet::of(CpuId{7}), 1).error(), XEN_ENOSPC);
  EXPECT_EQ(tables->find(CpuId{7}, Vector{0x40}), nullptr);
  EXPECT_EQ(tables->find(CpuId{999}, Vector{0x40}), nullptr);
  EXPECT_EQ(tables->find(CpuId{0}, vectors::wake), nullptr);
  xenolith::fake::fail_allocation(0);
  EXPECT_EQ(tables->add_cpu(CpuId{5}).error(), XEN_ENOMEM);
  xenolith::fake::fail_allocation(-1);
}

}  // namespace
}  // namespace xenolith::irq
