// SPDX-License-Identifier: MIT
#include "tools/base/task.hpp"

#include <gtest/gtest.h>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

using namespace std::chrono_literals;

Task<int> after_a_while(EventLoop& loop, int value) {
  co_await Sleep(loop, 1ms);
  if (value < 0) fail(EINVAL, "negative");
  co_return value;
}

Task<int> sum(EventLoop& loop, int a, int b) {
  int first = co_await after_a_while(loop, a);
  int second = co_await after_a_while(loop, b);
  co_return first + second;
}

TEST(Task, ResultsAndErrorsReachTheAwaiter) {
  EventLoop loop;
  EXPECT_EQ(run_task(loop, sum(loop, 2, 3)), 5);
  EXPECT_THROW(run_task(loop, sum(loop, 2, -1)), Error);
}

struct Undo {
  bool& done;
  ~Undo() { done = true; }
};

Task<> guarded(EventLoop& loop, bool& undone) {
  Undo undo{undone};
  co_await Sleep(loop, 1h);
}

TEST(Task, DestroyingItCancelsAndUndoes) {
  EventLoop loop;
  bool undone = false;
  {
    Task<> task = guarded(loop, undone);
    task.start();
    EXPECT_FALSE(task.done());
  }
  EXPECT_TRUE(undone);
  EXPECT_FALSE(loop.run_once(0s));
}

Task<> wait_for(Event& event, int& count) {
  co_await event;
  ++count;
}

TEST(Event, ResumesEachWaiterOnceAndForgetsTheCancelled) {
  Event event;
  int count = 0;
  Task<> first = wait_for(event, count);
  Task<> second = wait_for(event, count);
  first.start();
  second.start();
  second = {};
  event.signal();
  event.signal();
  EXPECT_EQ(count, 1);
  EXPECT_TRUE(first.done());
}

}  // namespace
}  // namespace xenolith::tools
