// SPDX-License-Identifier: MIT
// What unit tests can steer and see of the fake machine.
#pragma once

#include <string>
#include <vector>

#include "core/base/types.hpp"

namespace xenolith::fake {

// The n-th allocation from now (0: the next) fails; -1: none does.
void fail_allocation(int countdown);
// Bytes of hypervisor heap that are allocated now: back to its old value means that nothing leaked.
size_t heap_in_use();

// Log lines since the last clear_log(), without prefix. A panic throws fake::Panic with its message.
const std::vector<std::string>& log_lines();
void clear_log();
struct Panic {
  std::string message;
};

}  // namespace xenolith::fake
