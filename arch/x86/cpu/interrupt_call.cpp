// SPDX-License-Identifier: MIT
#include "arch/x86/cpu/interrupt_call.hpp"

#include <arch/cpu.hpp>

#include <atomic>

#include "arch/x86/cpu/cpu_block.hpp"
#include "arch/x86/cpu/local_apic.hpp"
#include "arch/x86/irq/vectors.hpp"

namespace xenolith {
namespace {

struct Call {
  void (*function)(void*);
  void* context;
  std::atomic<bool> done{false};
};
// One at a time for each target CPU.
struct alignas(arch::cache_line_size) Mailbox {
  std::atomic<Call*> call{nullptr};
};
constinit Mailbox mailboxes[arch::max_cpus]{};

// Two CPUs may be calling each other, with interrupts off.
void wait_a_little() {
  u64 flags = arch::disable_interrupts_save();
  serve_interrupt_call();
  arch::restore_interrupts(flags);
  arch::pause();
}

}  // namespace

void serve_interrupt_call() {
  Call* call = mailboxes[arch::this_cpu().raw()].call.exchange(nullptr, std::memory_order_acquire);
  if (!call) return;
  call->function(call->context);
  call->done.store(true, std::memory_order_release);  // pairs with the acquire in call_by_interrupt()
}

void call_by_interrupt(CpuId cpu, void (*function)(void*), void* context) {
  CpuBlock* block = cpu_block(cpu);
  if (!block) return;
  Call call{function, context};
  Call* free = nullptr;
  // pairs with the acquire in serve_interrupt_call()
  while (!mailboxes[cpu.raw()].call.compare_exchange_weak(free, &call, std::memory_order_release)) {
    free = nullptr;
    wait_a_little();
  }
  local_apic::send_ipi(block->apic_id, irq::vectors::remote_call);
  while (!call.done.load(std::memory_order_acquire)) wait_a_little();
}

}  // namespace xenolith
