// SPDX-License-Identifier: MIT
// Properties of the scheduler under simulated load.
#include "core/sched/simulation.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace xenolith {
namespace {

using namespace sched;

double milli(Duration span) { return static_cast<double>(span.raw()) / 1e6; }
CpuSet only(u32 cpu) { return CpuSet::of(CpuId{cpu}); }

// Service divided by weight of any two hogs on one CPU differs by at most one slice of each, at any moment.
TEST(Fairness, LagBoundOnOneCpu) {
  Simulation sim{1};
  const u16 weights[] = {1, 64, 256, 256, 512, 1000, 4096, 65535};
  for (u16 weight : weights) sim.add_vcpu(sim.add_group(weight));
  sim.run_for(milliseconds(5));
  std::vector<Duration> base;
  for (auto& vcpu : sim.vcpus) base.push_back(vcpu.used);
  Duration slice = max_slice + sim.timer_lateness;
  for (int step = 0; step < 4000; ++step) {
    sim.run_for(milliseconds(7));
    for (size_t i = 0; i < sim.vcpus.size(); ++i)
      for (size_t j = 0; j < i; ++j) {
        double a = milli(sim.vcpus[i].used - base[i]) / weights[i], b = milli(sim.vcpus[j].used - base[j]) / weights[j];
        ASSERT_LE(std::abs(a - b), 2 * (milli(slice) / weights[i] + milli(slice) / weights[j]));
      }
  }
  EXPECT_EQ(sim.failure, "");
}

TEST(Fairness, SharesFollowWeightsBetweenCpus) {
  Simulation sim{4};
  for (int i = 0; i < 32; ++i) sim.add_vcpu(sim.add_group(i % 2 ? 512 : 256));
  sim.audit_every(milliseconds(1));
  sim.run_for(seconds(2));
  std::vector<Duration> base;
  for (auto& vcpu : sim.vcpus) base.push_back(vcpu.used);
  sim.run_for(seconds(10));
  EXPECT_EQ(sim.failure, "");
  double unit = 40000.0 / (16 * 1 + 16 * 2);
  for (size_t i = 0; i < sim.vcpus.size(); ++i) {
    double share = milli(sim.vcpus[i].used - base[i]) / (unit * (i % 2 ? 2 : 1));
    EXPECT_NEAR(share, 1.0, 0.10) << i;
  }
}

TEST(Fairness, ThreeHogsShareTwoCpus) {
  Simulation sim{2};
  for (int i = 0; i < 3; ++i) sim.add_vcpu(sim.add_group());
  sim.run_for(seconds(10));
  EXPECT_EQ(sim.failure, "");
  for (auto& vcpu : sim.vcpus) EXPECT_NEAR(milli(vcpu.used), 6667, 250);
}

// A is tied to CPU 0, B to CPU 1, C may use both: each gets two thirds, although the two clocks have drifted far apart.
TEST(Fairness, ClocksThatDriftedApartDoNotMatter) {
  Simulation sim{2};
  SchedGroup& group = sim.add_group();
  sim.add_vcpu(group, {}, only(0));
  for (int i = 0; i < 4; ++i) sim.add_vcpu(group, {}, only(1));
  sim.run_for(seconds(20));  // CPU 1's clock is now fifteen seconds behind CPU 0's
  for (size_t i = 2; i < 5; ++i) sim.scheduler.block(sim.vcpus[i].unit, sim.now);
  SimVcpu& free = sim.add_vcpu(group);
  std::vector<Duration> base;
  for (auto& vcpu : sim.vcpus) base.push_back(vcpu.used);
  sim.run_for(seconds(10));
  EXPECT_EQ(sim.failure, "");
  EXPECT_NEAR(milli(sim.vcpus[0].used - base[0]), 6667, 400);
  EXPECT_NEAR(milli(sim.vcpus[1].used - base[1]), 6667, 400);
  EXPECT_NEAR(milli(free.used), 6667, 400);
}

TEST(Fairness, YieldersDoNotStarveAndDoNotGain) {
  Simulation sim{1};
  SchedGroup& group = sim.add_group();
  SimVcpu& yielder = sim.add_vcpu(group, {.run = {}, .sleep = {}, .yield_every = milliseconds(1)});
  SimVcpu& hog = sim.add_vcpu(group);
  sim.run_for(seconds(5));
  EXPECT_EQ(sim.failure, "");
  EXPECT_GT(milli(yielder.used), 1500);
  EXPECT_LE(milli(yielder.used), 2550);
  EXPECT_NEAR(milli(yielder.used + hog.used), 5000, 5);
}

// Sleeping often must not earn more than the share.
TEST(Fairness, SleeperGetsAtMostItsShare) {
  Simulation sim{1};
  SimVcpu& sleeper = sim.add_vcpu(sim.add_group(), {.run = milliseconds(3), .sleep = microseconds(10), .yield_every = {}});
  SimVcpu& hog = sim.add_vcpu(sim.add_group());
  sim.run_for(seconds(10));
  EXPECT_EQ(sim.failure, "");
  EXPECT_LT(milli(sleeper.used), 5300);
  EXPECT_GT(milli(hog.used), 4700);
}

TEST(Latency, WokenUnitPreemptsHogsAfterTheRateLimit) {
  Simulation sim{2};
  for (int i = 0; i < 8; ++i) sim.add_vcpu(sim.add_group());
  SimVcpu& waker = sim.add_vcpu(sim.add_group(), {.run = microseconds(100), .sleep = milliseconds(20), .yield_every = {}});
  sim.run_for(seconds(1));
  waker.longest_wait = waker.total_wait = {};
  waker.wakes = 0;
  sim.run_for(seconds(10));
  EXPECT_EQ(sim.failure, "");
  EXPECT_LE(milli(waker.total_wait) / waker.wakes, 0.5);
  EXPECT_LE(waker.longest_wait, milliseconds(20));  // a unit that was owed time on another queue may go first
}

TEST(Cap, IsKeptInEveryPeriodWindow) {
  for (u16 cap : {1, 5, 50, 100, 150, 390}) {
    Simulation sim{4};
    SchedGroup& group = sim.add_group(256, cap);
    for (int i = 0; i < 6; ++i) sim.add_vcpu(group);
    for (int i = 0; i < 3; ++i) sim.add_vcpu(sim.add_group());
    sim.audit_every(milliseconds(1));
    auto used = [&] {
      Duration sum;
      for (int i = 0; i < 6; ++i) sum += sim.vcpus[i].used;
      return sum;
    };
    sim.run_for(milliseconds(100));
    Duration start = used();
    for (int window = 0; window < 100; ++window) {
      Duration before = used();
      sim.run_for(milliseconds(100));
      // ten periods' budgets, one that was saved, and each CPU late once per slice
      EXPECT_LE(milli(used() - before), 100 * cap / 100.0 + cap / 10.0 + 1.0) << cap;
    }
    EXPECT_EQ(sim.failure, "") << cap;
    double share = milli(used() - start) / 10000 * 100;
    EXPECT_LE(share, cap * 1.01 + 0.5);
    // The uncapped hogs take part: four CPUs, nine hogs; what the cap leaves is used by them.
    EXPECT_GE(share, std::min<double>(cap, 250) * 0.85);
    for (int i = 0; i < 6; ++i) EXPECT_GT(milli(sim.vcpus[i].used), milli(used()) / 20) << cap << " " << i;
  }
}

TEST(Cap, TakenAwayReleasesParkedUnits) {
  Simulation sim{1};
  SchedGroup& group = sim.add_group(256, 1);
  SimVcpu& hog = sim.add_vcpu(group);
  sim.run_for(seconds(1));
  EXPECT_LT(milli(hog.used), 15);
  sim.poke_all(sim.scheduler.set_cap(group, 0, sim.now));
  sim.poke_all(sim.scheduler.release(sim.now).poke);
  sim.run_for(seconds(1));
  EXPECT_GT(milli(hog.used), 990);
  sim.poke_all(sim.scheduler.set_cap(group, 10, sim.now));
  Duration before = hog.used;
  sim.run_for(seconds(1));
  EXPECT_NEAR(milli(hog.used - before), 100, 15);
  EXPECT_EQ(sim.failure, "");
}

TEST(Tickless, LoneUnitsAreLeftAlone) {
  Simulation sim{8};
  for (int i = 0; i < 8; ++i) sim.add_vcpu(sim.add_group());
  sim.run_for(milliseconds(100));
  u64 before = sim.total_picks();
  sim.run_for(seconds(100));
  EXPECT_LE(sim.total_picks() - before, 8u);
  for (auto& vcpu : sim.vcpus) EXPECT_GT(milli(vcpu.used), 100000);
}

TEST(Affinity, SoftIsPreferredAndHardIsKept) {
  Simulation sim{4};
  SchedGroup& group = sim.add_group();
  CpuSet low = CpuSet::first_n(2);
  for (int i = 0; i < 2; ++i) sim.add_vcpu(group, {.run = milliseconds(2), .sleep = milliseconds(2), .yield_every = {}}, CpuSet::all(), low);
  sim.run_for(seconds(5));
  EXPECT_EQ(sim.failure, "");
  EXPECT_GT(milli(sim.cpu_of[2].idle_time + sim.cpu_of[3].idle_time), 9800);
  for (int i = 0; i < 4; ++i) sim.add_vcpu(group, {}, CpuSet::all(), low);  // more than two CPUs carry: they overflow
  sim.run_for(seconds(1));
  Duration before = sim.cpu_of[2].idle_time + sim.cpu_of[3].idle_time;
  sim.run_for(seconds(2));
  EXPECT_LT(milli(sim.cpu_of[2].idle_time + sim.cpu_of[3].idle_time - before), 40);
}

// Everything at once, for several seeds.
struct Chaos {
  explicit Chaos(u64 seed, unsigned cpu_count, unsigned vcpu_count) : sim{cpu_count, seed} {
    sim.pools.push_back(std::make_unique<SchedPool>(1));
    auto& random = sim.random;
    for (unsigned made = 0; made < vcpu_count;) {
      SchedGroup& group = sim.add_group(static_cast<u16>(1 + random() % 2000), random() % 4 ? 0 : random() % 300);
      for (u64 n = 1 + random() % 16; n > 0 && made < vcpu_count; --n, ++made)
        sim.add_vcpu(group, any_workload(), any_set(), any_set());
    }
    sim.audit_every(milliseconds(3));
    disturb();
  }
  Workload any_workload() {
    auto& random = sim.random;
    switch (random() % 4) {
      case 0: return {};
      case 1: return {.run = {}, .sleep = {}, .yield_every = microseconds(100 + random() % 3000)};
      default: return {.run = microseconds(10 + random() % 5000), .sleep = microseconds(10 + random() % 50000), .yield_every = {}};
    }
  }
  CpuSet any_set() {
    auto& random = sim.random;
    if (random() % 2) return CpuSet::all();
    CpuSet set;
    for (u64 n = 1 + random() % 4; n > 0; --n) set.add(CpuId{static_cast<u32>(random() % 16)});
    return set;
  }
  void disturb() {
    sim.at(sim.now + sim.spread(milliseconds(2)), [this] {
      one_disturbance();
      disturb();
    });
  }
  void one_disturbance() {
    auto& random = sim.random;
    auto& scheduler = sim.scheduler;
    SchedGroup& group = *sim.groups[random() % sim.groups.size()];
    SimVcpu& vcpu = sim.vcpus[random() % sim.vcpus.size()];
    CpuId cpu{static_cast<u32>(random() % 16)};
    SchedPool& pool = *sim.pools[random() % 2];
    switch (random() % 9) {
      case 0: return void(scheduler.set_weight(group, static_cast<u16>(1 + random() % 2000)).failed());
      case 1: {
        sim.poke_all(scheduler.set_cap(group, random() % 2 ? 0 : random() % 300, sim.now));
        return sim.poke_all(scheduler.release(sim.now).poke);
      }
      case 2: case 3: {
        auto poke = scheduler.set_affinity(vcpu.unit, any_set(), any_set(), sim.now);
        return sim.poke_if(*poke);
      }
      case 4: {
        if (auto removed = scheduler.remove_cpu(pool, cpu, sim.now)) {
          sim.cpus.remove(cpu);
          sim.poke_all(*removed);
        }
        return;
      }
      case 5: {
        if (auto added = scheduler.add_cpu(pool, cpu)) {
          sim.cpus.add(cpu);
          sim.poke_all(*added);
        }
        return;
      }
      case 6: {
        if (auto moved = scheduler.move_group(group, pool, sim.now)) sim.poke_all(*moved);
        return;
      }
      case 7: {  // paused from outside, and woken later
        sim.poke_if(scheduler.block(vcpu.unit, sim.now));
        return sim.at(sim.now + sim.spread(milliseconds(20)), [this, &vcpu] { sim.wake(vcpu); });
      }
      default: return sim.wake(vcpu);
    }
  }
  Simulation sim;
};

TEST(Chaos, AllPromisesHold) {
  for (u64 seed = 1; seed <= 6; ++seed) {
    Chaos chaos{seed, 16, static_cast<unsigned>(40 * seed)};
    chaos.sim.run_for(seconds(3));
    ASSERT_EQ(chaos.sim.failure, "") << seed;
    // An idle CPU looks at 16 units of each queue every 4 ms.
    EXPECT_LE(chaos.sim.longest_idle_beside_work, milliseconds(12)) << seed;
  }
}

TEST(Chaos, ThousandsOfUnits) {
  Chaos chaos{99, 16, 5000};
  chaos.sim.run_for(seconds(1));
  ASSERT_EQ(chaos.sim.failure, "");
}

TEST(Starvation, NobodyWaitsLongerThanTheOthersMayRun) {
  Simulation sim{8, 5};
  for (int i = 0; i < 800; ++i) {
    Workload workload = i % 3 ? Workload{} : Workload{microseconds(500), milliseconds(5), {}};
    sim.add_vcpu(sim.add_group(static_cast<u16>(128 + sim.random() % 385)), workload);
  }
  sim.audit_every(milliseconds(5));
  sim.run_for(seconds(8));
  EXPECT_EQ(sim.failure, "");
  for (auto& vcpu : sim.vcpus) {
    EXPECT_GT(vcpu.used, Duration{});
    EXPECT_LT(milli(vcpu.longest_wait), 2000);
  }
}

}  // namespace
}  // namespace xenolith
