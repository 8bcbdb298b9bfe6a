// SPDX-License-Identifier: MIT
// Processes that may be others' children.
#pragma once

#include <sys/types.h>

#include "tools/base/task.hpp"
#include "tools/base/unique_fd.hpp"

namespace xenolith::tools {

// A descriptor that is readable when the process has ended; none if there is no such process.
UniqueFd open_process(pid_t pid);

// Waits for the end of what open_process() gave.
Task<> wait_for_process(EventLoop& loop, const UniqueFd& process);

// When the process started, in the kernel's units: with its number this names it for ever. 0 if there is none.
uint64_t process_start(pid_t pid);

}  // namespace xenolith::tools
