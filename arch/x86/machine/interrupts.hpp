// SPDX-License-Identifier: MIT
// The machine's interrupts: ties the host's interrupt code (arch/x86/irq) to this machine's hardware and to the hardware domain.
#pragma once

#include "arch/x86/irq/host_interrupts.hpp"
#include "arch/x86/irq/host_io_apics.hpp"
#include "arch/x86/vapic/io_apic.hpp"

namespace xenolith {

class Domain;
class Madt;

namespace machine {

irq::HostInterrupts& host_interrupts();
irq::HostIoApics& host_io_apics();

// Boot CPU: silences the 8259s, finds the IO-APICs and the wiring of the ISA interrupts. Fails with ENOMEM.
Result<void> initialise_interrupts(const Madt& madt);
// Each CPU, when its local APIC is on. Fails with ENOMEM.
Result<void> add_interrupt_cpu(CpuId cpu);

// The hardware domain gets virtual IO-APICs like the host's, whose lines are the host's. Before it runs. Fails with ENOMEM.
Result<void> give_lines(Domain& domain, const Madt& madt);

}  // namespace machine
}  // namespace xenolith
