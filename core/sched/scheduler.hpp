// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "core/base/lock.hpp"
#include "core/base/result.hpp"
#include "core/sched/run_queue.hpp"
#include "core/sched/throttle.hpp"

namespace xenolith {

// What a CPU does next.
struct SchedDecision {
  SchedUnit* unit = nullptr;                     // nullptr: idle
  SystemTime until = SystemTime::never();        // pick again at this time; never(): only when poked
  CpuSet poke;                                   // other CPUs that should pick now
  SystemTime release_at = SystemTime::never();   // call release() at this time, unless an earlier call is due
};

// Units released from their cap.
struct SchedRelease {
  CpuSet poke;
  SystemTime next = SystemTime::never();  // when to call again; now or earlier: more is due at once
};

// The vCPU scheduler: weighted fair, with caps, affinity and cpupools (docs/scheduling.md). It answers to the name
// credit2. It decides and never acts: the caller switches contexts, sets timers and interrupts the CPUs that a result
// names ("poke": that CPU calls pick() soon).
//
// Locks: each run queue and the budgets have their own; no function holds two queues at once. Functions marked [any] may
// be called on any CPU, for one unit or many, in parallel. Functions marked [control] are serialised by the caller's
// cpupool lock, and per group by the control lock of its domain. `now` need not be exactly monotonic between CPUs.
class Scheduler {
 public:
  Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // [any] The unit can run. Returns a CPU to poke, if one must know. A unit that can run already: no effect.
  std::optional<CpuId> wake(SchedUnit& unit, SystemTime now);
  // [any] The unit has nothing to run, or is paused. If it is running its CPU is returned and must pick.
  std::optional<CpuId> block(SchedUnit& unit, SystemTime now);
  // [any] At the next pick of its CPU another waiting unit goes first. The CPU must pick.
  void yield(SchedUnit& unit);
  // What `cpu` does from `now` on; called on that CPU when the last decision ends, or it is poked, or its unit blocks or
  // yields. If it names another unit than before, or idle, switched() follows before the next pick().
  SchedDecision pick(CpuId cpu, SystemTime now);
  // `cpu` has saved the state of the unit it ran before the last pick, which may now run elsewhere.
  std::optional<CpuId> switched(CpuId cpu, SystemTime now);
  // [any] Releases units whose groups have budget again, a bounded number per call.
  SchedRelease release(SystemTime now);

  // [control] Groups and units. A unit begins blocked. remove() fails with EBUSY while the unit can run, is still loaded
  // on a CPU or is on its way between CPUs: block it, let its CPU pick, and try again. add() and add_group() fail with
  // EINVAL in a pool without CPUs.
  Result<void> add_group(SchedGroup& group);
  Result<void> remove_group(SchedGroup& group);  // EBUSY: it has units
  Result<void> add(SchedUnit& unit);
  Result<void> remove(SchedUnit& unit);

  // [control] Weight 1..65535 and cap in percent of one CPU (0: none).
  // A weight counts from each unit's next slice. EINVAL: weight 0.
  Result<void> set_weight(SchedGroup& group, u16 weight);
  CpuSet set_cap(SchedGroup& group, u16 cap, SystemTime now);  // poke the CPUs, then call release()
  // [control] EINVAL: no CPU in `hard` (a soft affinity without CPUs means none).
  Result<std::optional<CpuId>> set_affinity(SchedUnit& unit, const CpuSet& hard, const CpuSet& soft, SystemTime now);
  // [control] EINVAL: outside 100..500000 microseconds and not 0.
  Result<void> set_ratelimit(SchedPool& pool, Duration limit);

  // [control] CPUs come and go. add_cpu: EBUSY when the CPU is in a pool. remove_cpu: EBUSY when it is the last one of
  // a pool with groups, EINVAL when it is not in it. Poke the CPUs: a new one
  // looks for work, the others for units that now need not be with them. A removed CPU is the caller's again once
  // is_free() says so.
  Result<CpuSet> add_cpu(SchedPool& pool, CpuId cpu);
  Result<CpuSet> remove_cpu(SchedPool& pool, CpuId cpu, SystemTime now);
  bool is_free(CpuId cpu);
  // [control] Moves all units of a group. EINVAL: the pool has no CPU. Poke the CPUs.
  Result<CpuSet> move_group(SchedGroup& group, SchedPool& pool, SystemTime now);

  // Writes the pool's queues as lines of text, for the debug key 'r'. `line` must not call the scheduler.
  using LineSink = void (*)(void* context, std::string_view line);
  void dump(const SchedPool& pool, LineSink line, void* context);

 private:
  friend class SchedInspector;
  struct alignas(arch::cache_line_size) Slot {
    RunQueueSummary summary;
    Locked<RunQueue, LockRank::scheduler, IrqSafety::interrupt> queue;
  };
  auto& queue(CpuId cpu) { return slots_[cpu.raw()].queue; }

  // Calls function(queue) with the queue of the unit's home locked.
  template <class Function>
  auto with_home(SchedUnit& unit, Function function) {
    using Value = decltype(function(std::declval<RunQueue&>()));
    for (;;) {
      CpuId home = unit.home();
      std::optional<Value> value = queue(home).with([&](RunQueue& queue) -> std::optional<Value> {
        if (unit.home() != home) return std::nullopt;
        Value result = function(queue);
        queue.publish();
        return result;
      });
      if (value) return *value;
    }
  }
  static void set_runnable(SchedUnit& unit, bool runnable);

  // placement.cpp
  CpuId place(const SchedUnit& unit);
  std::optional<CpuId> claim_idle(SchedPool& pool, const CpuSet& among, CpuId near);
  CpuId less_loaded(const SchedUnit& unit, const CpuSet& among);
  std::optional<CpuId> deliver(SchedUnit& unit, VirtualSpan credit, SystemTime now);
  std::optional<CpuId> poke_for(RunQueue& queue, SchedUnit& unit);
  void send_away(RunQueue& queue, SchedUnit& unit);
  bool is_misplaced(RunQueue& queue, const SchedUnit& unit);
  std::optional<CpuId> offer(RunQueue& queue);
  enum class Misplaced : u8 { no, must_pick, must_deliver, deferred };
  Misplaced evict(RunQueue& queue, SchedUnit& unit);
  SchedUnit* drain_one(CpuId cpu);

  // pick.cpp
  bool continues(RunQueue& queue, SystemTime now, SchedDecision& decision);
  void put_back(RunQueue& queue, SystemTime now, SchedDecision& decision);
  bool dispatch(CpuId cpu, SystemTime now, SchedDecision& decision);
  void dispatch_idle(RunQueue& queue, SystemTime now, SchedDecision& decision, bool parked);
  bool start(RunQueue& queue, SchedUnit& unit, SystemTime now, SchedDecision& decision);
  std::optional<CpuId> victim_of(RunQueue& queue);
  void steal_when_idle(CpuId thief, SchedPool& pool, SystemTime now);
  SchedUnit* steal(CpuId thief, CpuId victim, std::optional<VirtualTime> pace, SystemTime now);

  Slot slots_[arch::max_cpus];
  Throttle throttle_;
};

}  // namespace xenolith
