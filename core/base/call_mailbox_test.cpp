// SPDX-License-Identifier: MIT
#include "core/base/call_mailbox.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace xenolith {
namespace {

TEST(CallMailbox, CallsNothingWhenNothingIsAsked) {
  CallMailbox mailbox;
  mailbox.serve();
}

TEST(CallMailbox, CallsEachOnceAndInTheCpuThatServes) {
  constexpr int callers = 3, calls = 500;
  CallMailbox mailbox;
  std::atomic<int> rings{0}, finished{0};
  std::thread::id server = std::this_thread::get_id();
  struct Seen {
    std::thread::id wanted;
    int count = 0, wrong = 0;
  } seen{.wanted = server};
  auto count = [](void* context) {
    auto& mine = *static_cast<Seen*>(context);
    ++mine.count;
    if (std::this_thread::get_id() != mine.wanted) ++mine.wrong;
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < callers; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < calls; ++k) mailbox.call(count, &seen, [&] { ++rings; }, [] { std::this_thread::yield(); });
      ++finished;
    });
  while (finished != callers) mailbox.serve();
  EXPECT_EQ(seen.count, callers * calls);
  EXPECT_EQ(seen.wrong, 0);
  EXPECT_EQ(rings, callers * calls);
}

// Neither could go on if waiting did not serve.
TEST(CallMailbox, TwoCallEachOther) {
  CallMailbox mine, theirs;
  std::atomic<int> calls{0};
  auto count = [](void* context) { ++*static_cast<std::atomic<int>*>(context); };
  std::atomic<int> ended{0};
  auto run = [&](CallMailbox& own, CallMailbox& other) {
    for (int k = 0; k < 500; ++k) other.call(count, &calls, [] {}, [&] { own.serve(), std::this_thread::yield(); });
    for (++ended; ended < 2;) own.serve();
  };
  std::jthread thread{[&] { run(theirs, mine); }};
  run(mine, theirs);
  thread.join();
  EXPECT_EQ(calls, 1000);
}

}  // namespace
}  // namespace xenolith
