// SPDX-License-Identifier: MIT
// Work that a CPU does in its main loop before it enters a vCPU again.
#pragma once

#include <atomic>

#include "core/base/lock.hpp"
#include "core/base/units.hpp"

namespace xenolith {

enum class Work : u32 {
  timers = 1u << 0,    // run_due_timers()
  schedule = 1u << 1,  // pick the next vCPU
  release = 1u << 2,   // look after capped vCPUs
  remote = 1u << 3,    // functions that other CPUs asked for: see remote_call()
  console = 1u << 4,   // console input and output
  halt = 1u << 5,      // go offline
  reap = 1u << 6,      // free interrupt vectors that are no longer used
};

// Asks a CPU to do some work; interrupts it unless it is this one or has been asked already. Any context.
void raise_work(CpuId cpu, Work work);
// The same for this CPU, without interrupting anything: done at the latest before a guest is entered.
void run_work_soon(Work work);

struct alignas(arch::cache_line_size) PendingWork {
  std::atomic<u32> bits{0};
};
extern PendingWork pending_work[arch::max_cpus];

inline bool work_is_pending() {
  return pending_work[arch::this_cpu().raw()].bits.load(std::memory_order_relaxed) != 0;
}

// Who does Work::console, Work::halt and Work::reap; set once at boot.
void set_work_handler(Work work, void (*handler)());

// Does all pending work of this CPU. Main loop only, interrupts on.
void do_pending_work();

// Calls function(context) on `cpu` from its main loop and waits until it returns. Not from interrupt handlers, no locks held.
void remote_call(CpuId cpu, void (*function)(void*), void* context);

// The life of a CPU after Dispatcher::cpu_starts(): work, then the vCPU that the scheduler picked, or idleness.
[[noreturn]] void main_loop();

}  // namespace xenolith
