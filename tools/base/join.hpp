// SPDX-License-Identifier: MIT
// Several tasks at the same time, and a task against the clock.
#pragma once

#include <vector>

#include "tools/base/task.hpp"

namespace xenolith::tools {

// Runs all tasks side by side until the last is done. The first error cancels those that still run and is thrown.
// The loop must outlive the task.
Task<> join(EventLoop& loop, std::vector<Task<>> tasks);

// Runs the task for at most `limit`. False: the time was up, the task has been cancelled. Throws what leaves the task.
Task<bool> within(EventLoop& loop, EventLoop::Clock::duration limit, Task<> task);

}  // namespace xenolith::tools
