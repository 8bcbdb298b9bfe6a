// SPDX-License-Identifier: MIT
// Several tasks at the same time: co_await join(loop, std::move(tasks)).
#pragma once

#include <vector>

#include "tools/base/task.hpp"

namespace xenolith::tools {

// Runs all tasks side by side until the last is done. The first error cancels those that still run and is thrown.
// The loop must outlive the task.
Task<> join(EventLoop& loop, std::vector<Task<>> tasks);

}  // namespace xenolith::tools
