// SPDX-License-Identifier: MIT
// Bringing up the processors.
#pragma once

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {

class Madt;

namespace smp {

// The page below 1 MiB where the other processors begin; not to be given to anybody.
inline constexpr MachineAddress trampoline{0x8000};

// Gives the boot CPU its block: before anything else.
void prepare_boot_cpu();
// Gives the boot CPU its final stacks, and finds the others in the MADT. `limit`: maxcpus=, 0 for no limit.
Result<void> find_cpus(const Madt* madt, unsigned limit);
// Starts all of them one after another; those that do not answer are reported and left out.
void start_others();
// Leaves the boot stack for the CPU's own and calls `function`, which does not return.
[[noreturn]] void run_on_own_stack(void (*function)());

// What each CPU does before its main loop; the boot CPU calls it too.
void set_up_this_cpu();

}  // namespace smp
}  // namespace xenolith
