// SPDX-License-Identifier: MIT
// Architecture contract: the end of the machine's run. Any context, interrupts on or off; no locks are taken.
#pragma once

#include "core/base/types.hpp"
#include "core/time/system_time.hpp"

namespace xenolith::arch {

// Restarts the machine in the way that the option reboot= says, else in any that works.
[[noreturn]] void reboot_machine();
// Switches the machine off (ACPI S5); stops this CPU for good where that is not known or does not work.
[[noreturn]] void power_off_machine();
// Stops this CPU for good.
[[noreturn]] void halt_machine();

// After a panic has been reported: stops the other CPUs; then waits five seconds and reboots, or stops for good.
[[noreturn]] void end_of_panic(bool reboot);
// Stops the other CPUs for good.
void stop_other_cpus_for_end();

// Waits by looking at the time, also before the clocks have been set up (then roughly).
void wait_busily(Duration time);
// Prints the backtrace of the caller.
void print_backtrace_here();
// Output for a panic that comes before the console has been set up.
void start_emergency_console();

}  // namespace xenolith::arch
