// SPDX-License-Identifier: MIT
// The clocks of the machine: set-up, and what guests are told of the time. now() is declared in core/time/clock.hpp,
// arch::set_cpu_timer() in <arch/run.hpp>, wait_busily() in <arch/machine_end.hpp>.
#pragma once

#include "core/acpi/tables.hpp"
#include "core/base/interface.hpp"
#include "core/base/result.hpp"
#include "core/time/system_time.hpp"

namespace xenolith {

class Vcpu;

// On the boot CPU, interrupts off, when device memory can be mapped and the local APIC is on: finds the platform timer
// (clocksource=), measures the time stamp counter and the APIC timer, starts system time, reads the wall clock. Without any
// platform timer the frequency that the processor tells is taken, and it panics when there is none.
void time_init_boot(const AcpiTables& acpi);
// On each further CPU, interrupts off, before its main loop. The boot CPU may do anything but hold LockRank::clock for long.
void time_init_cpu();
// Once, when all CPUs run their main loops: starts keeping the clocks together. Registers debug key t.
void time_start_keeping();

// The local APIC timer's interrupt (irq::vectors::timer): raises Work::timers.
void timer_interrupt();

// Tells the vCPU the time: fills vcpu_info.time and the area that it has registered. On the CPU that it runs on, when it
// is dispatched there, when its TSC offset or its places change.
void update_vcpu_time(Vcpu& vcpu);
// VCPUOP_register_vcpu_time_memory_area: keeps a second copy of the vCPU's time at a guest-virtual address of the vCPU that
// is running here, of the same domain; the null address ends it. Fails with EINVAL (crosses a page), EFAULT (not mapped to own memory), ENOMEM.
Result<void> register_time_area(Vcpu& vcpu, const vcpu_register_time_memory_area& area);

// Whether the TSCs run at a constant rate together, so that guests may compare their clocks between vCPUs.
bool tsc_is_reliable();
// Frequency of the time stamp counter.
u64 tsc_hz();
u32 tsc_khz();
// The moment when this CPU's counter reads `tsc`, never() if that is years away. For the past: at latest now.
SystemTime when_counter_reads(u64 tsc);

}  // namespace xenolith
