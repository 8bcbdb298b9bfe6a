// SPDX-License-Identifier: MIT
// Interrupts that hit a CPU, by vector; NMIs; flushing and stopping all CPUs.
#include "arch/x86/cpu/cpu_signals.hpp"

#include <atomic>

#include "arch/x86/cpu/cpu_block.hpp"
#include "arch/x86/cpu/interrupt_call.hpp"
#include "arch/x86/cpu/local_apic.hpp"
#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/irq/vectors.hpp"
#include "arch/x86/machine/interrupts.hpp"
#include "core/paging/remote_flush.hpp"
#include "arch/x86/time/time.hpp"
#include "core/base/lock.hpp"
#include "core/base/log.hpp"

namespace xenolith {
namespace {

constinit std::atomic<bool> stopping{false};
constinit std::atomic<unsigned> flushes_missing{0};
constinit SpinLock flush_lock;  // one flush at a time; taken with interrupts on, so that the others' requests are served

void flush_this_cpu() {
  u64 cr4 = read_cr4();
  write_cr4(cr4 & ~cr4::pge);  // drops global translations too
  write_cr4(cr4);
}

void serve_flush() {
  flush_this_cpu();
  flushes_missing.fetch_sub(1, std::memory_order_release);  // pairs with the acquire in flush_all_cpus()
}

}  // namespace

void dispatch_interrupt(u8 number) {
  namespace v = irq::vectors;
  LockOrder::InterruptScope locks;
  Vector vector{number};
  if (vector == v::spurious) return;
  if (v::is_device(vector)) return machine::host_interrupts().dispatch(arch::this_cpu(), vector);  // acknowledges by itself
  if (vector == v::timer) timer_interrupt();
  else if (vector == v::flush_tlb) serve_flush();
  else if (vector == v::remote_call) serve_interrupt_call();
  else if (vector == v::apic_error) log_warning("CPU {}: local APIC error", arch::this_cpu());
  if (number >= v::devices_end) local_apic::end_of_interrupt();
}

void handle_nmi(TrapFrame& frame) {
  if (stopping.load(std::memory_order_acquire))
    for (;;) asm volatile("cli; hlt");
  log_warning("CPU {}: NMI at {:#x}", arch::this_cpu(), frame.rip);
}

void stop_other_cpus() {
  stopping.store(true, std::memory_order_release);
  for (u32 id = 0; id < arch::max_cpus; ++id) {
    CpuBlock* block = cpu_block(CpuId{id});
    if (block && id != arch::this_cpu().raw()) local_apic::send_nmi(block->apic_id);
  }
}

void mm::flush_all_cpus() {
  while (!flush_lock.try_acquire()) arch::pause();
  unsigned others = 0;
  for (u32 id = 0; id < arch::max_cpus; ++id) others += cpu_block(CpuId{id}) && id != arch::this_cpu().raw();
  if (cpus_online() < 2) others = 0;
  flushes_missing.store(others, std::memory_order_release);
  for (u32 id = 0; others && id < arch::max_cpus; ++id) {
    CpuBlock* block = cpu_block(CpuId{id});
    if (block && id != arch::this_cpu().raw()) local_apic::send_ipi(block->apic_id, irq::vectors::flush_tlb);
  }
  flush_this_cpu();
  while (flushes_missing.load(std::memory_order_acquire)) arch::pause();
  flush_lock.release();
}

}  // namespace xenolith
