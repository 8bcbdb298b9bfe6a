// SPDX-License-Identifier: MIT
// The clocks of the machine: set-up. now() is declared in core/time/clock.hpp, arch::set_cpu_timer() in <arch/run.hpp>, wait_busily() in
// <arch/machine_end.hpp>.
#pragma once

#include "arch/arm64/gic/intid.hpp"
#include "arch/arm64/timer/system_counter.hpp"

namespace xenolith {

struct TimerInterrupts {
  gic::Intid virtual_timer = gic::ppi(11);
  gic::Intid hypervisor = gic::ppi(10);
};

// On the boot CPU, interrupts off, before any CPU is enabled at the GIC: now() is 0 before. `hz`: what the device tree says in place of
// CNTFRQ_EL0; 0: nothing. Panics where nobody says.
void time_init_boot(const TimerInterrupts& interrupts, u64 hz);
// On each CPU, the boot CPU too, interrupts off: stops the timers, and traps guests' accesses to the physical one.
void time_init_cpu();
const timer::SystemCounter& system_counter();
gic::Intid virtual_timer_interrupt();

}  // namespace xenolith
