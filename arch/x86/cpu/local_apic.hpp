// SPDX-License-Identifier: MIT
// The host's local APIC, in xAPIC or x2APIC mode (Intel SDM volume 3, chapter 11 "Advanced Programmable Interrupt Controller
// (APIC)").
#pragma once

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith::local_apic {

// Once, on the boot CPU: chooses the mode (x2APIC where the processor has it and `use_x2apic`, or the firmware left it on) and maps
// the registers in xAPIC mode. Fails with ENODEV where there is no local APIC.
Result<void> initialise(bool use_x2apic);
// On each CPU: enables the APIC, masks what is not used, accepts everything.
void enable_on_this_cpu();

bool is_x2apic();
u32 this_id();
void end_of_interrupt();
// The vector has arrived at this CPU and is not yet taken.
bool is_requested(Vector vector);
void send_ipi(u32 apic_id, Vector vector);
void send_nmi(u32 apic_id);
void send_init(u32 apic_id);
void send_startup(u32 apic_id, u8 page);  // starts at physical page << 12, below 1 MiB

// One-shot timer in APIC timer ticks with divider 1; 0 stops it. Interrupts with irq::vectors::timer.
void set_timer(u32 ticks);
u32 timer_count();
// TSC-deadline mode, where the processor has it: absolute TSC value; 0 stops it.
bool has_deadline_timer();
void set_deadline(u64 tsc);

}  // namespace xenolith::local_apic
