// SPDX-License-Identifier: MIT
#include "core/run/cpu_work.hpp"

#include <arch/cpu.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace xenolith {
namespace {

int consoles, reaps;

class WorkTest : public ::testing::Test {
 protected:
  WorkTest() {
    for (auto& pending : pending_work) pending.bits = 0;
    consoles = reaps = 0;
    set_work_handler(Work::console, [] { ++consoles; });
    set_work_handler(Work::reap, [] {
      if (++reaps < 3) run_work_soon(Work::reap);
    });
  }
  ~WorkTest() override {
    set_work_handler(Work::console, nullptr);
    set_work_handler(Work::reap, nullptr);
  }
};

TEST_F(WorkTest, IsDoneOnceHoweverOftenAskedFor) {
  raise_work(CpuId{0}, Work::console);
  run_work_soon(Work::console);
  EXPECT_TRUE(work_is_pending());
  do_pending_work();
  EXPECT_EQ(consoles, 1);
  EXPECT_EQ(reaps, 0);
  EXPECT_FALSE(work_is_pending());
  do_pending_work();
  EXPECT_EQ(consoles, 1);
}

TEST_F(WorkTest, BelongsToTheCpuThatWasAsked) {
  raise_work(CpuId{1}, Work::console);
  EXPECT_FALSE(work_is_pending());
  do_pending_work();
  EXPECT_EQ(consoles, 0);
}

TEST_F(WorkTest, ThatAsksForMoreIsGoneOnWith) {
  run_work_soon(Work::reap);
  do_pending_work();
  EXPECT_EQ(reaps, 3);
}

TEST_F(WorkTest, RemoteCallsOfEachOtherBothEnd) {
  std::atomic<int> calls[2] = {};
  std::atomic<int> ready{0}, finished{0};
  auto life = [&](unsigned cpu) {
    arch::fake::current_cpu = CpuId{cpu};
    ++ready;
    while (ready < 2) std::this_thread::yield();
    struct Target {
      std::atomic<int>* calls;
      unsigned cpu;
    } target{calls, 1 - cpu};
    for (int i = 0; i < 200; ++i)
      remote_call(CpuId{1 - cpu}, [](void* context) {
        auto* on = static_cast<Target*>(context);
        EXPECT_EQ(arch::this_cpu().raw(), on->cpu);
        ++on->calls[on->cpu];
      }, &target);
    ++finished;
    while (finished < 2) do_pending_work();
  };
  std::thread other{life, 1};
  std::thread one{life, 0};
  one.join();
  other.join();
  EXPECT_EQ(calls[0], 200);
  EXPECT_EQ(calls[1], 200);
}

TEST_F(WorkTest, ARemoteCallOfTheOwnCpuIsMadeAtOnce) {
  bool called = false;
  remote_call(CpuId{0}, [](void* flag) { *static_cast<bool*>(flag) = true; }, &called);
  EXPECT_TRUE(called);
}

}  // namespace
}  // namespace xenolith
