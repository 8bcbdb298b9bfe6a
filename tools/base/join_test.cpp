// SPDX-License-Identifier: MIT
#include "tools/base/join.hpp"

#include <gtest/gtest.h>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

using namespace std::chrono_literals;

struct Count {
  int& count;
  ~Count() { ++count; }
};

Task<> sleep_for(EventLoop& loop, std::chrono::milliseconds time, int& ended, bool fails = false) {
  Count count{ended};
  if (time.count() > 0) co_await Sleep(loop, time);
  if (fails) fail(EIO, "failed");
}

std::vector<Task<>> list(Task<> a, Task<> b, Task<> c) {
  std::vector<Task<>> tasks;
  tasks.push_back(std::move(a));
  tasks.push_back(std::move(b));
  tasks.push_back(std::move(c));
  return tasks;
}

TEST(Join, EndsWithTheLast) {
  EventLoop loop;
  int ended = 0;
  run_task(loop, join(loop, list(sleep_for(loop, 5ms, ended), sleep_for(loop, 0ms, ended), sleep_for(loop, 1ms, ended))));
  EXPECT_EQ(ended, 3);
}

TEST(Join, NothingIsDoneAtOnce) {
  EventLoop loop;
  run_task(loop, join(loop, {}));
}

TEST(Join, AnErrorCancelsTheOthers) {
  EventLoop loop;
  int ended = 0;
  auto tasks = list(sleep_for(loop, 1h, ended), sleep_for(loop, 1ms, ended, true), sleep_for(loop, 1h, ended));
  EXPECT_THROW(run_task(loop, join(loop, std::move(tasks))), Error);
  EXPECT_EQ(ended, 3);
}

TEST(Join, AnErrorBeforeTheFirstWaitStartsNoMore) {
  EventLoop loop;
  int ended = 0;
  auto tasks = list(sleep_for(loop, 1h, ended), sleep_for(loop, 0ms, ended, true), sleep_for(loop, 1h, ended));
  EXPECT_THROW(run_task(loop, join(loop, std::move(tasks))), Error);
  EXPECT_EQ(ended, 2);
}

TEST(Join, CancellingItCancelsAll) {
  EventLoop loop;
  int ended = 0;
  {
    Task<> both = join(loop, list(sleep_for(loop, 1h, ended), sleep_for(loop, 1h, ended), sleep_for(loop, 0ms, ended)));
    both.start();
    EXPECT_EQ(ended, 1);
  }
  EXPECT_EQ(ended, 3);
}

TEST(Within, TheTaskOrTheClock) {
  EventLoop loop;
  int ended = 0;
  EXPECT_TRUE(run_task(loop, within(loop, 1h, sleep_for(loop, 1ms, ended))));
  EXPECT_TRUE(run_task(loop, within(loop, 1h, sleep_for(loop, 0ms, ended))));
  EXPECT_FALSE(run_task(loop, within(loop, 1ms, sleep_for(loop, 1h, ended))));
  EXPECT_THROW(run_task(loop, within(loop, 1h, sleep_for(loop, 1ms, ended, true))), Error);
  EXPECT_EQ(ended, 4);
}

}  // namespace
}  // namespace xenolith::tools
