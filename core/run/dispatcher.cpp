// SPDX-License-Identifier: MIT
#include "core/run/dispatcher.hpp"

#include <arch/run.hpp>

#include <atomic>
#include <new>

#include "core/base/atomic_cpu_set.hpp"
#include "core/base/log.hpp"
#include "core/domain/domain.hpp"
#include "core/domain/parts.hpp"
#include "core/memory/frame_allocator.hpp"
#include "core/memory/heap.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/dispatching.hpp"
#include "core/run/domain_run.hpp"
#include "core/run/vcpu_run.hpp"
#include "core/time/clock.hpp"

namespace xenolith {
namespace {
using namespace dispatching;

struct alignas(arch::cache_line_size) CpuState {
  VcpuRun* current = nullptr;
  std::atomic<i64> idle_ns{0};
  SystemTime idle_since;
  alignas(Timer) std::byte slice_storage[sizeof(Timer)];
  alignas(Timer) std::byte release_storage[sizeof(Timer)];

  Timer& slice() { return *reinterpret_cast<Timer*>(slice_storage); }
  Timer& release() { return *reinterpret_cast<Timer*>(release_storage); }
};
constinit CpuState cpus[arch::max_cpus]{};
constinit AtomicCpuSet online_cpus;

CpuState& mine() { return cpus[arch::this_cpu().raw()]; }

void switch_to(CpuState& state, VcpuRun* next, SystemTime time) {
  VcpuRun* previous = state.current;
  if (previous == next) return;
  if (previous) {
    arch::save_vcpu(previous->vcpu());
    previous->descheduled(time);
  } else {
    state.idle_ns.fetch_add((time - state.idle_since).raw(), std::memory_order_relaxed);
  }
  state.current = next;
  if (next) {
    next->dispatched(arch::this_cpu(), time);
    arch::load_vcpu(next->vcpu());
  } else {
    state.idle_since = time;
  }
  poke(scheduler().switched(arch::this_cpu(), time));
}

}  // namespace

// Built on first use, before the second CPU starts.
Scheduler& dispatching::scheduler() {
  alignas(Scheduler) static constinit std::byte storage[sizeof(Scheduler)];
  static constinit bool built = false;
  if (!built) {
    built = true;
    new (storage) Scheduler;
  }
  return *reinterpret_cast<Scheduler*>(storage);
}

void dispatching::poke(std::optional<CpuId> cpu) {
  if (cpu) raise_work(*cpu, Work::schedule);
}
void dispatching::poke(const CpuSet& set) {
  for (CpuId cpu : set) raise_work(cpu, Work::schedule);
}

constinit Locked<dispatching::Pools, LockRank::cpupool> dispatching::pools;

CpuSet Dispatcher::online() { return online_cpus.snapshot(); }

void Dispatcher::cpu_starts() {
  CpuId cpu = arch::this_cpu();
  CpuState& state = mine();
  state.idle_since = now();
  new (state.slice_storage) Timer{[](void*) { run_work_soon(Work::schedule); }, nullptr, cpu};
  new (state.release_storage) Timer{[](void*) { run_work_soon(Work::release); }, nullptr, cpu};
  online_cpus.add(cpu);
  pools.with([&](Pools& p) {
    if (scheduler().add_cpu(p.first, cpu).failed()) panic("CPU {} cannot join pool 0", cpu);
  });
  run_work_soon(Work::schedule);
}

Vcpu* Dispatcher::current() {
  VcpuRun* run = mine().current;
  return run ? &run->vcpu() : nullptr;
}

void Dispatcher::schedule() {
  CpuState& state = mine();
  SystemTime time = now();
  SchedDecision decision = scheduler().pick(arch::this_cpu(), time);
  poke(decision.poke);
  state.slice().set(decision.until);
  if (decision.release_at != SystemTime::never()) state.release().set(decision.release_at);
  switch_to(state, decision.unit ? &VcpuRun::of(*decision.unit) : nullptr, time);
}

void Dispatcher::release() {
  SchedRelease released = scheduler().release(now());
  poke(released.poke);
  if (released.next != SystemTime::never()) mine().release().set(released.next);
}

void Dispatcher::idle() {
  while (!work_is_pending() && (FrameAllocator::scrub_step() || heap_trim_step() || heap_scrub_step())) {
  }
  arch::idle();
}

void Dispatcher::set_runnable(VcpuRun& run, bool runnable) {
  poke(runnable ? scheduler().wake(run, now()) : scheduler().block(run, now()));
}

void Dispatcher::yield() {
  if (VcpuRun* run = mine().current) scheduler().yield(*run);
  run_work_soon(Work::schedule);
}

Result<void> Dispatcher::add(VcpuRun& run) {
  return pools.with([&](Pools&) { return scheduler().add(run); });
}

void Dispatcher::remove(VcpuRun& run) {
  set_runnable(run, false);
  while (pools.with([&](Pools&) { return scheduler().remove(run); }).failed()) {
    if (run.cpu() == arch::this_cpu()) {
      schedule();
      run_work_soon(Work::schedule);  // the main loop must not take it that its vCPU is still the same
    }
    arch::pause();
  }
}

SchedPool& Dispatcher::pool0() { return pools.unsynchronised().first; }

Result<void> Dispatcher::add_group(SchedGroup& group) {
  return pools.with([&](Pools&) { return scheduler().add_group(group); });
}

void Dispatcher::remove_group(SchedGroup& group) {
  pools.with([&](Pools&) {
    if (scheduler().remove_group(group).failed()) panic("d{} is destroyed while it has vCPUs", group.domain());
  });
}

Result<void> Dispatcher::set_weight_and_cap(SchedGroup& group, u16 weight, u16 cap) {
  TRY(pools.with([&](Pools&) -> Result<void> {
    TRY(scheduler().set_weight(group, weight));
    poke(scheduler().set_cap(group, cap, now()));
    return {};
  }));
  run_work_soon(Work::release);
  return {};
}

Result<void> Dispatcher::set_affinity(VcpuRun& run, const CpuSet& hard, const CpuSet& soft) {
  return pools.with([&](Pools&) -> Result<void> {
    poke(TRY(scheduler().set_affinity(run, hard, soft, now())));
    return {};
  });
}

Result<void> Dispatcher::set_ratelimit(SchedPool& pool, Duration limit) {
  return pools.with([&](Pools&) { return scheduler().set_ratelimit(pool, limit); });
}

void Dispatcher::dump(void (*line)(void* context, std::string_view text), void* context) {
  scheduler().dump(pool0(), line, context);
}

Duration Dispatcher::idle_time(CpuId cpu) {
  CpuState& state = cpus[cpu.raw()];
  Duration total{state.idle_ns.load(std::memory_order_relaxed)};
  return state.current ? total : total + (now() - state.idle_since);
}

DomainRun::DomainRun(Domain& domain) : group_{domain.id(), Dispatcher::pool0()} {}
DomainRun::~DomainRun() { Dispatcher::remove_group(group_); }

Result<Own<DomainRun>> create_domain_run(Domain& domain) {
  Own<DomainRun> run = TRY(make<DomainRun>(domain));
  TRY(Dispatcher::add_group(run->group()));
  return run;
}

Vcpu& current_vcpu() { return *Dispatcher::current(); }

}  // namespace xenolith
