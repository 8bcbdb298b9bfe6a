// SPDX-License-Identifier: MIT
// Bringing up the processors.
#pragma once

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith::smp {

// Gives the boot CPU its vectors: before anything else.
void prepare_boot_cpu();
// Gives the boot CPU its final stack, and finds the others in the device tree. `limit`: maxcpus=, 0 for no limit.
Result<void> find_cpus(unsigned limit);
// Starts all of them one after another; those that do not answer are reported and left out.
void start_others();
// Leaves the boot stack for the CPU's own and calls `function`, which does not return.
[[noreturn]] void run_on_own_stack(void (*function)());
// What each CPU does before its main loop; the boot CPU calls it too.
void set_up_this_cpu();

}  // namespace xenolith::smp
