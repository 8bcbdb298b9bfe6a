// SPDX-License-Identifier: MIT
// Architecture contract: what the main loop of a CPU asks of the machine.
#pragma once

#include "core/base/units.hpp"
#include "core/time/system_time.hpp"

namespace xenolith {
class Vcpu;
}

namespace xenolith::arch {

// Makes another CPU interrupt what it does, leave its guest and look at its pending work. Any context.
void poke_cpu(CpuId cpu);
// This CPU's timer interrupt comes at `deadline` (at once when that is past, never for SystemTime::never()) and raises
// Work::timers.
void set_cpu_timer(SystemTime deadline);
// Loads and saves what of the vCPU lives in registers of this CPU while it is dispatched here.
void load_vcpu(Vcpu& vcpu);
void save_vcpu(Vcpu& vcpu);
// Runs the vCPU until it exits and handles the exit; returns with interrupts on. False: work is
// pending; it may also be told by the next call, which then does not enter.
bool run_vcpu(Vcpu& vcpu);
// Waits for an interrupt unless work is pending.
void idle();

}  // namespace xenolith::arch
