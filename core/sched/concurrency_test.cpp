// SPDX-License-Identifier: MIT
// Real threads as CPUs: nothing runs twice, nothing is lost, locks keep their order (checked by LockOrder).
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <random>
#include <thread>
#include <vector>

#include "core/sched/inspector.hpp"

namespace xenolith {
namespace {

constexpr u32 cpu_count = 4;
constexpr u32 unit_count = 40;

struct Machine {
  Machine() {
    for (u32 i = 0; i < cpu_count; ++i) static_cast<void>(scheduler.add_cpu(pool, CpuId{i}).failed());
    for (auto& group : groups) EXPECT_TRUE(scheduler.add_group(group));
    scheduler.set_cap(groups[1], 120, now());
    for (u32 i = 0; i < unit_count; ++i) {
      units.emplace_back(groups[i % 2], VcpuId{i});
      EXPECT_TRUE(scheduler.add(units.back()));
    }
  }
  SystemTime now() { return SystemTime{clock.fetch_add(20'000)}; }  // every reading takes 20 microseconds

  void live(u32 number) {
    CpuId cpu{number};
    arch::fake::current_cpu = cpu;
    std::mt19937 random{number};
    SchedUnit* running = nullptr;
    while (!stop.load()) {
      if (running && random() % 4 == 0) scheduler.block(*running, now());
      if (running && random() % 4 == 0) scheduler.yield(*running);
      SchedDecision decision = scheduler.pick(cpu, now());
      SchedUnit* previous = running;
      running = decision.unit;
      if (previous && previous != running) on_cpu[previous->vcpu().raw()] = 0;
      if (previous != running) scheduler.switched(cpu, now());
      if (running && previous != running && on_cpu[running->vcpu().raw()].exchange(1)) twice = true;
      if (running) ++runs[running->vcpu().raw()];
      for (int i = 0; i < 4; ++i) disturb(random);
    }
    for (auto& unit : units) scheduler.block(unit, now());
    scheduler.pick(cpu, now());
    scheduler.switched(cpu, now());
  }
  void disturb(std::mt19937& random) {
    SchedUnit& unit = units[random() % unit_count];
    switch (random() % 8) {
      case 0: return void(scheduler.block(unit, now()));
      case 1: return void(scheduler.release(now()));
      case 2: return void(scheduler.set_affinity(unit, CpuSet::of(CpuId{static_cast<u32>(random() % cpu_count)}),
                                                 CpuSet::all(), now()).failed());
      case 3: return void(scheduler.set_affinity(unit, CpuSet::all(), CpuSet::all(), now()).failed());
      default: return void(scheduler.wake(unit, now()));
    }
  }

  std::atomic<i64> clock{0};
  std::atomic<bool> stop{false}, twice{false};
  Scheduler scheduler;
  SchedPool pool{0};
  SchedGroup groups[2] = {{DomainId{0}, pool}, {DomainId{1}, pool}};
  std::deque<SchedUnit> units;
  std::atomic<int> on_cpu[unit_count] = {};
  std::atomic<u64> runs[unit_count] = {};
};

TEST(Concurrency, NothingRunsTwiceAndNothingIsLost) {
  Machine machine;
  std::vector<std::thread> threads;
  for (u32 i = 0; i < cpu_count; ++i) threads.emplace_back([&, i] { machine.live(i); });
  auto all_ran = [&] { return std::all_of(std::begin(machine.runs), std::end(machine.runs), [](auto& n) { return n > 0; }); };
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);  // host threads may themselves wait long
  do std::this_thread::sleep_for(std::chrono::milliseconds(1000));
  while (!all_ran() && std::chrono::steady_clock::now() < deadline);
  machine.stop = true;
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(machine.twice);
  SchedInspector inspector{machine.scheduler};
  for (u32 i = 0; i < cpu_count; ++i) {
    machine.scheduler.pick(CpuId{i}, machine.now());
    machine.scheduler.switched(CpuId{i}, machine.now());
    EXPECT_EQ(inspector.check_queue(CpuId{i}), "");
  }
  for (auto& group : machine.groups) EXPECT_EQ(SchedInspector::check_group(group), "");
  for (auto& unit : machine.units) {
    EXPECT_GT(machine.runs[unit.vcpu().raw()], 0u);
    machine.scheduler.block(unit, machine.now());
    EXPECT_TRUE(machine.scheduler.remove(unit));
  }
}

}  // namespace
}  // namespace xenolith
