// SPDX-License-Identifier: MIT
#include "core/time/timer.hpp"

#include <arch/cpu.hpp>
#include <arch/fake.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "core/run/cpu_work.hpp"

namespace xenolith {
namespace {

constexpr SystemTime at(i64 moment) { return SystemTime{1000 + moment}; }

bool takes_timer_work(unsigned cpu) {
  return (pending_work[cpu].bits.exchange(0) & static_cast<u32>(Work::timers)) != 0;
}

class TimerTest : public ::testing::Test {
 protected:
  struct Line {
    TimerTest* test;
    char name;
    std::unique_ptr<Timer> timer;
  };

  TimerTest() {
    be_cpu(0);
    fake::set_time(at(0));
    for (unsigned cpu : {0u, 1u}) takes_timer_work(cpu);
  }
  ~TimerTest() override { be_cpu(0); }

  static void be_cpu(unsigned cpu) { arch::fake::current_cpu = CpuId{cpu}; }
  void run_until(i64 moment) {
    fake::set_time(at(moment));
    run_due_timers();
  }
  // Timers a, b, c...: each writes its name when it fires.
  Timer& add(unsigned cpu = 0) {
    auto line = std::make_unique<Line>(Line{this, static_cast<char>('a' + lines_.size()), nullptr});
    line->timer = std::make_unique<Timer>(
        [](void* context) {
          auto* fired = static_cast<Line*>(context);
          fired->test->fired_ += fired->name;
        },
        line.get(), CpuId{cpu});
    lines_.push_back(std::move(line));
    return *lines_.back()->timer;
  }
  std::string take_fired() { return std::exchange(fired_, {}); }

 private:
  std::vector<std::unique_ptr<Line>> lines_;
  std::string fired_;
};

TEST_F(TimerTest, FireInOrderOfTheirDeadlinesAndOnce) {
  Timer &a = add(), &b = add(), &c = add();
  a.set(at(30));
  b.set(at(10));
  c.set(at(20));
  run_until(9);
  EXPECT_EQ(take_fired(), "");
  run_until(20);
  EXPECT_EQ(take_fired(), "bc");
  EXPECT_FALSE(b.is_set());
  EXPECT_TRUE(a.is_set());
  run_until(100);
  EXPECT_EQ(take_fired(), "a");
  run_until(200);
  EXPECT_EQ(take_fired(), "");
}

TEST_F(TimerTest, ANewDeadlineReplacesTheOld) {
  Timer &a = add(), &b = add();
  a.set(at(10));
  b.set(at(20));
  a.set(at(30));
  run_until(40);
  EXPECT_EQ(take_fired(), "ba");
  a.set(at(50));
  a.set(SystemTime::never());
  EXPECT_FALSE(a.is_set());
  run_until(60);
  EXPECT_EQ(take_fired(), "");
}

TEST_F(TimerTest, OneThatBecomesTheFirstAsksItsCpuToLook) {
  Timer &a = add(), &b = add();
  a.set(at(20));
  EXPECT_TRUE(takes_timer_work(0));
  b.set(at(30));
  EXPECT_FALSE(takes_timer_work(0));
  b.set(at(10));
  EXPECT_TRUE(takes_timer_work(0));
  b.set(SystemTime::never());
  EXPECT_FALSE(takes_timer_work(0));
  a.set(at(20));  // the first again, though not moved
  EXPECT_TRUE(takes_timer_work(0));
}

TEST_F(TimerTest, OneOfAnotherCpuAsksThatCpu) {
  Timer& a = add(1);
  a.set(at(10));
  EXPECT_FALSE(takes_timer_work(0));
  EXPECT_TRUE(takes_timer_work(1));
  run_until(20);
  EXPECT_EQ(take_fired(), "");
  be_cpu(1);
  run_until(20);
  EXPECT_EQ(take_fired(), "a");
}

TEST_F(TimerTest, PastDeadlinesFireAtTheNextLook) {
  add().set(at(-500));
  EXPECT_TRUE(takes_timer_work(0));
  run_until(0);
  EXPECT_EQ(take_fired(), "a");
}

TEST_F(TimerTest, MovesWithItsDeadline) {
  Timer &a = add(), &b = add();
  a.set(at(10));
  takes_timer_work(0);
  a.move(CpuId{1});
  b.move(CpuId{1});  // not set: stays so
  EXPECT_TRUE(takes_timer_work(1));
  EXPECT_EQ(a.deadline(), at(10));
  EXPECT_FALSE(b.is_set());
  run_until(20);
  EXPECT_EQ(take_fired(), "");
  be_cpu(1);
  run_until(20);
  EXPECT_EQ(take_fired(), "a");
}

TEST_F(TimerTest, AllLeaveACpuThatGoesAway) {
  be_cpu(1);
  for (i64 moment : {30, 10, 20}) add(1).set(at(moment));
  move_timers(CpuId{1}, CpuId{0});
  run_until(40);
  EXPECT_EQ(take_fired(), "");
  be_cpu(0);
  run_until(40);
  EXPECT_EQ(take_fired(), "bca");
}

TEST_F(TimerTest, MayBeSetByItsOwnFunction) {
  struct Ticker {
    int ticks = 0;
    Timer timer{[](void* self) { static_cast<Ticker*>(self)->tick(); }, this};
    void tick() {
      if (++ticks < 5) timer.set(timer.deadline() + nanoseconds(10));
    }
  } ticker;
  ticker.timer.set(at(10));
  run_until(35);
  EXPECT_EQ(ticker.ticks, 3);
  run_until(1000);
  EXPECT_EQ(ticker.ticks, 5);
  EXPECT_FALSE(ticker.timer.is_set());
}

TEST_F(TimerTest, StoppedOnesDoNotFire) {
  Timer &a = add(), &b = add();
  a.set(at(10));
  b.set(at(10));
  a.stop();
  a.stop();
  run_until(20);
  EXPECT_EQ(take_fired(), "b");
}

// Another CPU's call is under way: stop() returns, stop_sync() waits for its end.
TEST_F(TimerTest, StopSyncWaitsForTheCall) {
  struct Slow {
    std::atomic<bool> started{false}, may_end{false}, ended{false};
    Timer timer{[](void* self) { static_cast<Slow*>(self)->call(); }, this, CpuId{1}};
    void call() {
      started = true;
      while (!may_end) std::this_thread::yield();
      ended = true;
    }
  } slow;
  slow.timer.set(at(10));
  fake::set_time(at(20));
  std::thread cpu1{[] {
    be_cpu(1);
    run_due_timers();
  }};
  while (!slow.started) std::this_thread::yield();
  slow.timer.stop();
  EXPECT_FALSE(slow.ended);
  std::thread ender{[&] { slow.may_end = true; }};
  slow.timer.stop_sync();
  EXPECT_TRUE(slow.ended);
  ender.join();
  cpu1.join();
}

}  // namespace
}  // namespace xenolith
