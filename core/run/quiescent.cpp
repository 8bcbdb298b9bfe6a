// SPDX-License-Identifier: MIT
// Grace periods by generation: work deferred in generation g runs when every online CPU has passed its main loop
// in a later generation. A CPU that is offline counts as passed.
#include "core/run/quiescent.hpp"

#include <arch/cpu.hpp>

#include <atomic>
#include <utility>

#include "core/base/lock.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/dispatcher.hpp"

namespace xenolith::quiescent {
namespace {

struct Queue {
  Deferred* waiting = nullptr;   // deferred in the current generation
  Deferred* expiring = nullptr;  // waits for the CPUs in `missing`
  CpuSet missing;
};
constinit Locked<Queue, LockRank::quiescent, IrqSafety::interrupt> queue;
constinit std::atomic<bool> busy{false};  // something is queued: spares the lock on the common path

void begin_generation(Queue& q) {
  q.expiring = std::exchange(q.waiting, nullptr);
  if (!q.expiring) return;
  q.missing = Dispatcher::online();
  // Idle CPUs and those deep in a guest must come by.
  for (CpuId cpu : q.missing) raise_work(cpu, Work::timers);
}

}  // namespace

void defer(Deferred& work, void (*function)(Deferred&)) {
  work.function = function;
  queue.with([&](Queue& q) {
    work.next = q.waiting;
    q.waiting = &work;
    busy.store(true, std::memory_order_release);  // pairs with the acquire in pass(); before the CPUs are told to come by
    if (!q.expiring) begin_generation(q);
  });
}

void pass() {
  if (!busy.load(std::memory_order_acquire)) return;
  Deferred* ready = queue.with([](Queue& q) -> Deferred* {
    q.missing.remove(arch::this_cpu());
    if (!q.missing.empty()) return nullptr;
    Deferred* done = std::exchange(q.expiring, nullptr);
    begin_generation(q);
    if (!q.expiring) busy.store(false, std::memory_order_relaxed);
    return done;
  });
  while (ready) {
    Deferred* work = std::exchange(ready, ready->next);
    work->function(*work);
  }
}

}  // namespace xenolith::quiescent
