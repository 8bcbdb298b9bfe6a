// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/irq/dispatch_gate.hpp"
#include "arch/x86/irq/host_apic_port.hpp"
#include "arch/x86/irq/host_irq.hpp"
#include "arch/x86/irq/vector_tables.hpp"
#include "core/base/atomic_cpu_set.hpp"

namespace xenolith::irq {

// The machine's device interrupts: from a vector of a CPU to who is told.
class HostInterrupts {
 public:
  explicit HostInterrupts(HostApicPort& apic) : apic_{apic} {}

  // Lets interrupts go to `cpu`, whose local APIC must be on. Fails with EINVAL, ENOMEM.
  Result<void> add_cpu(CpuId cpu);

  // The interrupt entry of `cpu` calls this for each vector of the device range (vectors::is_device), on that CPU, with
  // interrupts disabled. Completes the interrupt at the local APIC in any case.
  void dispatch(CpuId cpu, Vector vector);
  // Frees retired vectors of `cpu`. On that CPU, from its main loop, after HostApicPort::request_reap(); a vector whose
  // interrupt is still waiting asks for another turn.
  void reap(CpuId cpu);

  // Interrupts on vectors without owner since the start.
  u64 spurious() const { return spurious_.load(std::memory_order_relaxed); }  // a statistic: ordered with nothing

  // ---- for HostIrq
  VectorTables& tables() { return tables_; }
  DispatchGate& gate() { return gate_; }
  HostApicPort& apic() { return apic_; }
  // CPUs that IO-APICs and MSIs can reach without interrupt remapping.
  CpuSet addressable() const { return addressable_.snapshot(); }
  void retire(VectorSlot first, unsigned count);

 private:
  HostApicPort& apic_;
  VectorTables tables_;
  DispatchGate gate_;
  AtomicCpuSet addressable_;
  std::atomic<u64> spurious_{0};
};

}  // namespace xenolith::irq
