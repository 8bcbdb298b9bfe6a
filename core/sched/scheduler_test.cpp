// SPDX-License-Identifier: MIT
#include "core/sched/scheduler.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace xenolith {
namespace {

using namespace sched;

struct Scheduling : testing::Test {
  explicit Scheduling(u32 cpus = 2) {
    for (u32 i = 0; i < cpus; ++i) {
      EXPECT_TRUE(scheduler.add_cpu(pool, CpuId{i}));
      run(CpuId{i});
    }
    EXPECT_TRUE(scheduler.add_group(group));
  }
  ~Scheduling() override {
    for (auto& unit : units) scheduler.block(unit, now);
    for (u32 i = 0; i < 4; ++i) run(CpuId{i});
    for (auto& unit : units) EXPECT_TRUE(scheduler.remove(unit));
  }
  SchedUnit& add(CpuSet hard = CpuSet::all(), CpuSet soft = CpuSet::all()) {
    auto& unit = units.emplace_back(group, VcpuId{static_cast<u32>(units.size())});
    EXPECT_TRUE(scheduler.add(unit));
    EXPECT_TRUE(scheduler.set_affinity(unit, hard, soft, now));
    return unit;
  }
  SchedDecision run(CpuId cpu) {
    auto decision = scheduler.pick(cpu, now);
    scheduler.switched(cpu, now);
    return decision;
  }
  Scheduler scheduler;
  SchedPool pool{0};
  SchedGroup group{DomainId{1}, pool};
  std::deque<SchedUnit> units;
  SystemTime now{1'000'000};
  static constexpr CpuId cpu0{0}, cpu1{1};
};
struct OneCpu : Scheduling {
  OneCpu() : Scheduling{1} {}
};

TEST_F(Scheduling, IdleCpusAreTakenOnceEach) {
  auto first = scheduler.wake(add(), now), second = scheduler.wake(add(), now);
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
}

TEST_F(Scheduling, SoftAffinityIsPreferredAmongIdleCpus) {
  EXPECT_EQ(scheduler.wake(add(CpuSet::all(), CpuSet::of(cpu1)), now), cpu1);
  EXPECT_EQ(scheduler.wake(add(CpuSet::all(), CpuSet::of(cpu1)), now), cpu0);  // idle beats preferred
}

TEST_F(Scheduling, WakingTwiceHasNoEffect) {
  auto& unit = add();
  EXPECT_TRUE(scheduler.wake(unit, now));
  EXPECT_FALSE(scheduler.wake(unit, now));
  scheduler.block(unit, now);
  EXPECT_FALSE(scheduler.block(unit, now));
  EXPECT_EQ(unit.state(), SchedUnit::State::blocked);
}

TEST_F(OneCpu, BlockedAndWokenBeforeItsCpuPicksItGoesOn) {
  auto& unit = add();
  scheduler.wake(unit, now);
  EXPECT_EQ(run(cpu0).unit, &unit);
  scheduler.block(unit, now);
  EXPECT_FALSE(scheduler.wake(unit, now));
  EXPECT_EQ(run(cpu0).unit, &unit);
}

TEST_F(Scheduling, UnsavedUnitIsNotTakenElsewhere) {
  auto& unit = add();
  CpuId home = *scheduler.wake(unit, now), rest{1 - home.raw()};
  run(home);
  scheduler.block(unit, now);
  EXPECT_EQ(scheduler.pick(home, now).unit, nullptr);
  EXPECT_EQ(scheduler.wake(unit, now), home);  // although both idle
  EXPECT_EQ(run(rest).unit, nullptr);
  EXPECT_EQ(scheduler.switched(home, now), rest);  // now it is offered
}

TEST_F(OneCpu, RateLimitDelaysPreemption) {
  auto& hog = add();
  scheduler.wake(hog, now);
  run(cpu0);
  now += milliseconds(50);
  auto& other = add();
  scheduler.wake(other, now);
  run(cpu0);
  now += milliseconds(20);
  EXPECT_EQ(run(cpu0).unit, &hog);  // hog's turn again
  now += milliseconds(1);
  scheduler.block(other, now);
  now += milliseconds(5);
  EXPECT_EQ(run(cpu0).unit, &hog);
}

TEST_F(OneCpu, WokenUnitPreemptsAfterRateLimit) {
  auto &hog = add(), &second = add(), &waker = add();
  scheduler.wake(hog, now);
  run(cpu0);
  now += milliseconds(9);
  scheduler.wake(second, now);
  EXPECT_EQ(run(cpu0).unit, &second);  // the hog has run for longer than its protection
  now += microseconds(300);
  scheduler.wake(waker, now);
  auto decision = run(cpu0);
  EXPECT_EQ(decision.unit, &second);
  now += milliseconds(2);
  EXPECT_EQ(run(cpu0).unit, &waker);
}

TEST_F(OneCpu, YieldLetsOneOtherGoFirst) {
  auto &a = add(), &b = add();
  scheduler.wake(a, now);
  scheduler.wake(b, now);
  auto* first = run(cpu0).unit;
  now += milliseconds(2);
  scheduler.yield(*first);  // the other goes first in any case
  EXPECT_NE(run(cpu0).unit, first);
  now += milliseconds(10);
  EXPECT_EQ(run(cpu0).unit, first);
  now += microseconds(10);
  scheduler.yield(*first);
  auto decision = run(cpu0);
  EXPECT_EQ(decision.unit, first == &a ? &b : &a);
  EXPECT_EQ(decision.until, now + min_slice);
  now = decision.until;
  EXPECT_EQ(run(cpu0).unit, first);
}

TEST_F(OneCpu, LoneUnitHasNoTimerUntilAnotherComes) {
  auto &a = add(), &b = add();
  scheduler.wake(a, now);
  EXPECT_EQ(run(cpu0).until, SystemTime::never());
  EXPECT_EQ(scheduler.wake(b, now), cpu0);
  EXPECT_NE(run(cpu0).until, SystemTime::never());
}

TEST_F(Scheduling, IdleCpuStealsOnlyWhatItMayRun) {
  auto &pinned = add(CpuSet::of(cpu0)), &free = add(CpuSet::of(cpu0)), &busy = add(CpuSet::of(cpu0));
  for (auto* unit : {&busy, &pinned, &free}) scheduler.wake(*unit, now);
  run(cpu0);
  auto decision = run(cpu1);
  EXPECT_EQ(decision.unit, nullptr);
  EXPECT_EQ(decision.until, now + idle_retry);
  SchedUnit& waiting = pinned.state() == SchedUnit::State::waiting ? pinned : free;
  EXPECT_EQ(*scheduler.set_affinity(waiting, CpuSet::all(), CpuSet::all(), now), cpu1);
  EXPECT_EQ(run(cpu1).unit, &waiting);
}

TEST_F(OneCpu, TimeThatStepsBackIsHarmless) {
  auto &a = add(), &b = add();
  scheduler.wake(a, now);
  scheduler.wake(b, now);
  run(cpu0);
  now = now - microseconds(500);
  EXPECT_NE(run(cpu0).unit, nullptr);
}

}  // namespace
}  // namespace xenolith
