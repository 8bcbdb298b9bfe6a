// SPDX-License-Identifier: MIT
// What host interrupts need of the physical CPUs' local APICs. The lead's local APIC driver implements it.
#pragma once

#include "arch/x86/irq/irq_types.hpp"

namespace xenolith::irq {

class HostApicPort {
 public:
  // Completes the interrupt in service with the highest priority on this CPU. Called with interrupts disabled.
  virtual void end_of_interrupt() = 0;
  // Whether this CPU's local APIC has `vector` in its interrupt request register: arrived, not yet taken.
  virtual bool is_requested(Vector vector) = 0;
  // Makes `cpu` (perhaps this one) call HostInterrupts::reap() soon, from its main loop. May be called with
  // LockRank::irq_routing held and from interrupt context.
  virtual void request_reap(CpuId cpu) = 0;
  // The APIC ID of a CPU that HostInterrupts::add_cpu() was told of.
  virtual ApicId apic_id(CpuId cpu) = 0;

 protected:
  ~HostApicPort() = default;
};

}  // namespace xenolith::irq
