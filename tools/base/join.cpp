// SPDX-License-Identifier: MIT
#include "tools/base/join.hpp"

namespace xenolith::tools {
namespace {

// What the members of a join tell the one who waits. A member runs to its very end before the waiter is resumed (from the
// loop, not from inside the member), so that the waiter may destroy it.
struct Members {
  EventLoop& loop;
  size_t running;
  Event finished;
  EventSource wake;
  std::exception_ptr error;

  void end(std::exception_ptr failure) {
    --running;
    if (failure && !error) error = failure;
    if (running == 0 || error) wake = loop.soon([this] { finished.signal(); });
  }
};

Task<> run_member(Members& members, Task<> task) {
  std::exception_ptr failure;
  try {
    co_await task;
  } catch (...) {
    failure = std::current_exception();
  }
  members.end(failure);
}

}  // namespace

Task<> join(EventLoop& loop, std::vector<Task<>> tasks) {
  Members members{loop, tasks.size(), {}, {}, nullptr};
  std::vector<Task<>> running;
  running.reserve(tasks.size());
  for (auto& task : tasks) running.push_back(run_member(members, std::move(task)));
  for (auto& task : running) {
    if (members.error) break;
    task.start();
  }
  while (members.running > 0 && !members.error) co_await members.finished;
  running.clear();
  if (members.error) std::rethrow_exception(members.error);
}

Task<bool> within(EventLoop& loop, EventLoop::Clock::duration limit, Task<> task) {
  Members members{loop, 1, {}, {}, nullptr};
  EventSource timer = loop.after(limit, [&members] { members.finished.signal(); });
  Task<> member = run_member(members, std::move(task));
  member.start();
  co_await members.finished;
  if (members.error) std::rethrow_exception(members.error);
  co_return members.running == 0;
}

}  // namespace xenolith::tools
