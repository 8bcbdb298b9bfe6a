// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/sched/inspector.hpp"

namespace xenolith {
namespace {

struct Control : testing::Test {
  Control() {
    for (u32 i = 0; i < 2; ++i) EXPECT_TRUE(scheduler.add_cpu(pool, CpuId{i}));
    EXPECT_TRUE(scheduler.add_group(group));
    EXPECT_TRUE(scheduler.add(unit));
  }
  ~Control() override {
    scheduler.block(unit, now);
    for (u32 i = 0; i < 4; ++i) run(CpuId{i});
    EXPECT_TRUE(scheduler.remove(unit));
    EXPECT_TRUE(scheduler.remove_group(group));
  }
  SchedUnit* run(CpuId cpu) {
    auto decision = scheduler.pick(cpu, now);
    scheduler.switched(cpu, now);
    return decision.unit;
  }
  Scheduler scheduler;
  SchedPool pool{0}, other{1};
  SchedGroup group{DomainId{7}, pool};
  SchedUnit unit{group, VcpuId{3}};
  SystemTime now{1000};
};

TEST_F(Control, RejectsWrongValues) {
  EXPECT_EQ(scheduler.set_weight(group, 0).error(), XEN_EINVAL);
  EXPECT_EQ(scheduler.set_affinity(unit, CpuSet{}, CpuSet::all(), now).error(), XEN_EINVAL);
  EXPECT_EQ(scheduler.set_ratelimit(pool, microseconds(99)).error(), XEN_EINVAL);
  EXPECT_EQ(scheduler.set_ratelimit(pool, microseconds(500'001)).error(), XEN_EINVAL);
  EXPECT_TRUE(scheduler.set_ratelimit(pool, Duration::zero()));
  EXPECT_EQ(scheduler.add_cpu(other, CpuId{0}).error(), XEN_EBUSY);
  EXPECT_EQ(scheduler.add_cpu(other, CpuId{arch::max_cpus}).error(), XEN_EINVAL);
  EXPECT_EQ(scheduler.remove_cpu(pool, CpuId{3}, now).error(), XEN_EINVAL);
  EXPECT_EQ(scheduler.remove_cpu(pool, CpuId{~u32{0}}, now).error(), XEN_EINVAL);
  EXPECT_EQ(scheduler.move_group(group, other, now).error(), XEN_EINVAL);
  EXPECT_EQ(scheduler.remove_group(group).error(), XEN_EBUSY);
  SchedGroup homeless{DomainId{8}, other};
  EXPECT_EQ(scheduler.add_group(homeless).error(), XEN_EINVAL);
}

TEST_F(Control, RemovalWaitsUntilTheUnitIsOffItsCpu) {
  CpuId cpu = *scheduler.wake(unit, now);
  EXPECT_EQ(scheduler.remove(unit).error(), XEN_EBUSY);
  EXPECT_EQ(run(cpu), &unit);
  EXPECT_EQ(scheduler.block(unit, now), cpu);
  EXPECT_EQ(scheduler.remove(unit).error(), XEN_EBUSY);
  EXPECT_EQ(scheduler.pick(cpu, now).unit, nullptr);
  EXPECT_EQ(scheduler.remove(unit).error(), XEN_EBUSY);  // not saved yet
  scheduler.switched(cpu, now);
  EXPECT_TRUE(scheduler.remove(unit));
  EXPECT_TRUE(scheduler.add(unit));
}

TEST_F(Control, CpuLeavesWithItsUnitsMoved) {
  CpuId cpu = *scheduler.wake(unit, now);
  run(cpu);
  CpuId rest{1 - cpu.raw()};
  run(rest);
  auto poke = scheduler.remove_cpu(pool, cpu, now);
  ASSERT_TRUE(poke);
  EXPECT_TRUE(poke->contains(cpu));
  EXPECT_FALSE(scheduler.is_free(cpu));
  EXPECT_EQ(scheduler.pick(cpu, now).unit, nullptr);
  EXPECT_FALSE(scheduler.is_free(cpu));
  EXPECT_EQ(scheduler.switched(cpu, now), rest);
  EXPECT_TRUE(scheduler.is_free(cpu));
  EXPECT_EQ(run(rest), &unit);
  EXPECT_EQ(scheduler.remove_cpu(pool, rest, now).error(), XEN_EBUSY);  // the last one
}

TEST_F(Control, GroupMovesToAnotherPool) {
  ASSERT_TRUE(scheduler.add_cpu(other, CpuId{3}));
  CpuId cpu = *scheduler.wake(unit, now);
  run(cpu);
  auto poke = scheduler.move_group(group, other, now);
  ASSERT_TRUE(poke);
  EXPECT_EQ(*poke, CpuSet::of(cpu));
  EXPECT_EQ(scheduler.pick(cpu, now).unit, nullptr);
  EXPECT_EQ(scheduler.switched(cpu, now), CpuId{3});
  EXPECT_EQ(run(CpuId{3}), &unit);
  EXPECT_EQ(other.group_count(), 1u);
  EXPECT_EQ(pool.group_count(), 0u);
}

TEST_F(Control, BrokenAffinityHoldsAgainWhenItCan) {
  CpuSet three = CpuSet::of(CpuId{3});
  ASSERT_TRUE(scheduler.set_affinity(unit, three, CpuSet::all(), now));
  CpuId cpu = *scheduler.wake(unit, now);
  EXPECT_LT(cpu.raw(), 2u);  // nothing else is there
  run(cpu);
  auto poke = scheduler.add_cpu(pool, CpuId{3});
  ASSERT_TRUE(poke && poke->contains(cpu));
  EXPECT_EQ(run(CpuId{3}), nullptr);
  EXPECT_EQ(scheduler.pick(cpu, now).unit, nullptr);
  EXPECT_EQ(scheduler.switched(cpu, now), CpuId{3});
  EXPECT_EQ(run(CpuId{3}), &unit);
}

TEST_F(Control, AffinityChangeSendsARunningUnitAway) {
  CpuId cpu = *scheduler.wake(unit, now), rest{1 - cpu.raw()};
  run(cpu);
  run(rest);
  auto poke = scheduler.set_affinity(unit, CpuSet::of(rest), CpuSet::all(), now);
  ASSERT_TRUE(poke);
  EXPECT_EQ(*poke, cpu);
  scheduler.pick(cpu, now);
  EXPECT_EQ(scheduler.switched(cpu, now), rest);
  EXPECT_EQ(run(rest), &unit);
}

TEST_F(Control, DumpNamesTheUnits) {
  run(*scheduler.wake(unit, now));
  std::vector<std::string> lines;
  scheduler.dump(pool, [](void* to, std::string_view line) {
    static_cast<std::vector<std::string>*>(to)->emplace_back(line);
  }, &lines);
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0], "Pool 0: scheduler: SMP Credit Scheduler rev2 (credit2)");
  EXPECT_EQ(lines[1], " cpus=2 idle=1 ratelimit=1000us");
  EXPECT_EQ((lines[2] + lines[3] + lines[4]).find("run: d7v3 weight=256 cap=0") != std::string::npos, true);
}

}  // namespace
}  // namespace xenolith
