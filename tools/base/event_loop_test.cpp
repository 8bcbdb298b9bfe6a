// SPDX-License-Identifier: MIT
#include "tools/base/event_loop.hpp"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tools/base/error.hpp"
#include "tools/base/unique_fd.hpp"

namespace xenolith::tools {
namespace {

using namespace std::chrono_literals;

TEST(EventLoop, ServesDescriptorsTimersAndDeferredCalls) {
  EventLoop loop;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  UniqueFd read_end(ends[0]), write_end(ends[1]);
  std::string order;
  auto input = loop.watch(read_end.get(), EPOLLIN, [&](uint32_t) {
    char byte;
    ASSERT_EQ(read(read_end.get(), &byte, 1), 1);
    order += byte;
    loop.stop();
  });
  auto timer = loop.after(20ms, [&] {
    order += 't';
    ASSERT_EQ(write(write_end.get(), "x", 1), 1);
  });
  auto deferred = loop.soon([&] { order += 's'; });
  loop.run();
  EXPECT_EQ(order, "stx");
}

TEST(EventLoop, ASourceMayEndInItsOwnCallback) {
  EventLoop loop;
  EventSource source;
  bool called = false;
  source = loop.soon([&] {
    source = {};
    called = true;
  });
  loop.run_once(1s);
  EXPECT_TRUE(called);
  EXPECT_FALSE(loop.run_once(0s));
}

TEST(EventLoop, AnExceptionLeavesRun) {
  EventLoop loop;
  auto source = loop.soon([] { fail(EBUSY, "no"); });
  EXPECT_THROW(loop.run(), Error);
}

TEST(EventLoop, TellsHowAChildEnded) {
  block_signals();
  EventLoop loop;
  pid_t pid = fork();
  if (pid == 0) _exit(3);
  int ended = -1;
  auto source = loop.child(pid, [&](int status) {
    ended = status;
    loop.stop();
  });
  loop.run();
  EXPECT_TRUE(WIFEXITED(ended));
  EXPECT_EQ(WEXITSTATUS(ended), 3);
}

TEST(EventLoop, TellsWhatSignalEndedAChild) {
  block_signals();
  EventLoop loop;
  pid_t pid = fork();
  if (pid == 0) raise(SIGKILL);
  int ended = 0;
  auto source = loop.child(pid, [&](int status) { ended = status; });
  ASSERT_TRUE(loop.run_once(60s));
  EXPECT_TRUE(WIFSIGNALED(ended));
  EXPECT_EQ(WTERMSIG(ended), SIGKILL);
  EXPECT_LT(waitpid(pid, nullptr, WNOHANG), 0) << "not reaped";
}

TEST(EventLoop, ServesSignalsOneByOne) {
  block_signals();
  EventLoop loop;
  int count = 0;
  auto source = loop.signal(SIGHUP, [&] { ++count; });
  kill(getpid(), SIGHUP);
  EXPECT_TRUE(loop.run_once(60s));
  EXPECT_EQ(count, 1);
  EXPECT_FALSE(loop.run_once(0s));
}

// One that defers itself again and again must not keep others waiting.
TEST(EventLoop, DeferredCallsLeaveTurnsToDescriptors) {
  EventLoop loop;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  UniqueFd read_end(ends[0]), write_end(ends[1]);
  EventSource again;
  std::function<void()> defer = [&] { again = loop.soon(defer); };
  defer();
  bool seen = false;
  auto input = loop.watch(read_end.get(), EPOLLIN, [&](uint32_t) { seen = true; });
  ASSERT_EQ(write(write_end.get(), "x", 1), 1);
  for (int turn = 0; turn < 4 && !seen; ++turn) loop.run_once(0s);
  EXPECT_TRUE(seen);
}

TEST(EventLoop, ASourceThatIsReadyMayGo) {
  EventLoop loop;
  EventSource first, second;
  int calls = 0;
  first = loop.soon([&] { ++calls, second = {}; });
  second = loop.soon([&] { ++calls, first = {}; });
  EXPECT_TRUE(loop.run_once(0s));
  EXPECT_FALSE(loop.run_once(0s));
  EXPECT_EQ(calls, 1);
}

TEST(EventLoop, TimersComeInTheirOrderAndNotTooSoon) {
  EventLoop loop;
  auto start = EventLoop::Clock::now();
  std::string order;
  auto late = loop.after(30ms, [&] { order += 'b'; });
  auto early = loop.after(10ms, [&] { order += 'a'; });
  auto removed = loop.after(5ms, [&] { order += 'x'; });
  removed = {};
  while (order.size() < 2) loop.run_once(1h);
  EXPECT_EQ(order, "ab");
  EXPECT_GE(EventLoop::Clock::now() - start, 30ms);
}

TEST(EventLoop, ADescriptorThatCannotBeWatchedIsAnError) {
  EventLoop loop;
  EXPECT_THROW((void)loop.watch(-1, EPOLLIN, [](uint32_t) {}), Error);
}

}  // namespace
}  // namespace xenolith::tools
