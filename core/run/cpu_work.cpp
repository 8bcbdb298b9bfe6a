// SPDX-License-Identifier: MIT
#include "core/run/cpu_work.hpp"

#include <arch/run.hpp>

#include <bit>

#include "core/base/call_mailbox.hpp"
#include "core/run/dispatcher.hpp"
#include "core/run/quiescent.hpp"
#include "core/time/timer.hpp"

namespace xenolith {

constinit PendingWork pending_work[arch::max_cpus]{};

namespace {

constexpr unsigned kinds = 7;
using Handler = void (*)();
constinit Handler handlers[kinds] = {};

constinit CallMailbox mailboxes[arch::max_cpus]{};

void serve_mailbox() { mailboxes[arch::this_cpu().raw()].serve(); }

void handle(Work work) {
  if (auto* handler = handlers[std::countr_zero(static_cast<u32>(work))]) handler();
}

}  // namespace

void set_work_handler(Work work, void (*handler)()) { handlers[std::countr_zero(static_cast<u32>(work))] = handler; }

void raise_work(CpuId cpu, Work work) {
  u32 bit = static_cast<u32>(work);
  u32 before = pending_work[cpu.raw()].bits.fetch_or(bit, std::memory_order_seq_cst);  // pairs with the test before VM entry
  if (cpu != arch::this_cpu() && !(before & bit)) arch::poke_cpu(cpu);
}

void run_work_soon(Work work) {
  pending_work[arch::this_cpu().raw()].bits.fetch_or(static_cast<u32>(work), std::memory_order_relaxed);
}

void do_pending_work() {
  std::atomic<u32>& bits = pending_work[arch::this_cpu().raw()].bits;
  while (bits.load(std::memory_order_relaxed)) {
    u32 taken = bits.exchange(0, std::memory_order_seq_cst);
    if (taken & static_cast<u32>(Work::remote)) serve_mailbox();
    if (taken & static_cast<u32>(Work::timers)) run_due_timers();
    if (taken & static_cast<u32>(Work::release)) Dispatcher::release();
    if (taken & static_cast<u32>(Work::console)) handle(Work::console);
    if (taken & static_cast<u32>(Work::reap)) handle(Work::reap);
    if (taken & static_cast<u32>(Work::halt)) handle(Work::halt);
    if (taken & static_cast<u32>(Work::schedule)) Dispatcher::schedule();
  }
}

void remote_call(CpuId cpu, void (*function)(void*), void* context) {
  if (cpu == arch::this_cpu()) return function(context);
  mailboxes[cpu.raw()].call(function, context, [&] { raise_work(cpu, Work::remote); }, [] {
    serve_mailbox();
    arch::pause();
  });
}

bool preemption_due() { return work_is_pending(); }

namespace {

// Until there is work, which alone can give the CPU to another vCPU. A function by itself, so that what each exit passes through has the
// registers for itself.
[[gnu::noinline]] void run(Vcpu& vcpu) {
  while (arch::run_vcpu(vcpu)) quiescent::pass();
}

}  // namespace

void main_loop() {
  for (;;) {
    quiescent::pass();
    do_pending_work();
    if (Vcpu* vcpu = Dispatcher::current()) run(*vcpu);
    else Dispatcher::idle();
  }
}

}  // namespace xenolith
