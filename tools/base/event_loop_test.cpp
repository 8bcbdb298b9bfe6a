// SPDX-License-Identifier: MIT
#include "tools/base/event_loop.hpp"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

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

}  // namespace
}  // namespace xenolith::tools
