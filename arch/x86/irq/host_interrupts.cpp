// SPDX-License-Identifier: MIT
#include "arch/x86/irq/host_interrupts.hpp"

namespace xenolith::irq {

Result<void> HostInterrupts::add_cpu(CpuId cpu) {
  TRY(tables_.add_cpu(cpu));
  if (apic_.apic_id(cpu) <= highest_addressable_apic) addressable_.add(cpu);
  else log_warning("CPU {}: APIC ID {:#x} cannot receive device interrupts without interrupt remapping", cpu, apic_.apic_id(cpu));
  return {};
}

void HostInterrupts::dispatch(CpuId cpu, Vector vector) {
  DispatchGate::Section section{gate_, cpu};
  if (HostIrq* irq = tables_.find(cpu, vector)) {
    irq->arrive(VectorSlot{cpu, vector});
    return;
  }
  spurious_.fetch_add(1, std::memory_order_relaxed);  // a statistic
  apic_.end_of_interrupt();
}

void HostInterrupts::reap(CpuId cpu) {
  InterruptsOff off;
  DispatchGate::Section section{gate_, cpu};
  bool again = false;
  tables_.reap(cpu, [&](Vector vector, HostIrq* owner) {
    if (apic_.is_requested(vector)) {
      again = true;
      return false;
    }
    if (owner) owner->reaped(VectorSlot{cpu, vector});
    return true;
  });
  if (again) apic_.request_reap(cpu);
}

void HostInterrupts::retire(VectorSlot first, unsigned count) {
  tables_.retire(first, count);
  apic_.request_reap(first.cpu);
}

}  // namespace xenolith::irq
