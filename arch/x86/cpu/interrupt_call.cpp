// SPDX-License-Identifier: MIT
#include "arch/x86/cpu/interrupt_call.hpp"

#include <arch/cpu.hpp>

#include "arch/x86/cpu/cpu_block.hpp"
#include "arch/x86/cpu/local_apic.hpp"
#include "arch/x86/irq/vectors.hpp"
#include "core/base/call_mailbox.hpp"

namespace xenolith {
namespace {

constinit CallMailbox mailboxes[arch::max_cpus]{};

// Others may be calling this CPU, which may have interrupts off.
void wait_a_little() {
  u64 flags = arch::disable_interrupts_save();
  serve_interrupt_call();
  arch::restore_interrupts(flags);
  arch::pause();
}

}  // namespace

void serve_interrupt_call() { mailboxes[arch::this_cpu().raw()].serve(); }

void call_by_interrupt(CpuId cpu, void (*function)(void*), void* context) {
  CpuBlock* block = cpu_block(cpu);
  if (!block) return;
  auto ring = [&] { local_apic::send_ipi(block->apic_id, irq::vectors::remote_call); };
  mailboxes[cpu.raw()].call(function, context, ring, wait_a_little);
}

}  // namespace xenolith
