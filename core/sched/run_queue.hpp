// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

#include "core/sched/group.hpp"

namespace xenolith {

// What other CPUs may read of a queue without its lock: hints for choosing where to look.
struct RunQueueSummary {
  std::atomic<u64> pace{0};
  std::atomic<u32> load{0};
};

// One CPU's units in the order of their age (start-time fair queueing), the unit that runs there, and a virtual clock
// that advances with the youngest of them. Pure bookkeeping: every method is called under this queue's lock.
class RunQueue {
 public:
  void set_up(CpuId cpu, RunQueueSummary& summary) { cpu_ = cpu, summary_ = &summary; }

  CpuId cpu() const { return cpu_; }
  SchedPool* pool() const { return pool_; }  // nullptr: this CPU does not schedule
  SchedUnit* running() const { return running_; }
  // The unit whose register state the CPU may still hold; it must not start elsewhere.
  SchedUnit* loaded() const { return loaded_; }
  SchedUnit* first() { return waiting_.empty() ? nullptr : &*waiting_.begin(); }
  u32 waiting_count() const { return static_cast<u32>(waiting_.size()); }
  VirtualTime clock() const { return clock_; }
  // The clock on a scale that is comparable between queues.
  VirtualTime pace() const { return clock_ + drift_; }
  u32 load() const { return load_; }  // weights of waiting and running units
  SystemTime slice_end() const { return slice_end_; }
  SystemTime started() const { return started_; }
  bool tickless() const { return running_ && slice_end_ == SystemTime::never(); }
  bool idle() const { return !running_ && waiting_.empty(); }

  // May `unit` run here: the CPU is in the unit's pool and affinity allows it.
  bool accepts(const SchedUnit& unit) const;
  // Accounts the running unit's time up to `now` (time that steps back counts as none) and advances the clock.
  void charge(SystemTime now);
  // Puts a unit that moved here among the waiting, with its lag; at most `credit` behind the clock.
  void attach(SchedUnit& unit, VirtualSpan credit);
  // Puts a unit that was stopped here among the waiting again, at its age.
  void requeue(SchedUnit& unit);
  // Takes a waiting unit off. It keeps its age; its state is the caller's to set.
  void detach(SchedUnit& unit);
  // A unit that is not on the queue leaves for `target`: it is moving from now on.
  void depart(SchedUnit& unit, CpuId target);
  // The waiting unit that should run next: the least age, but not one that yields to another.
  SchedUnit* choose();
  void run(SchedUnit& unit, SystemTime now, SystemTime slice_end);
  // The running unit leaves the CPU. It keeps its age; its state is the caller's to set.
  SchedUnit& stop();
  // Should `unit`, which waits here, take the place of the running unit?
  bool preempts(const SchedUnit& unit) const;
  // Looks at `steal_depth` units for one that may run on `thief`. Without `any`: from the least age, and only one that
  // prefers the thief by soft affinity. With: from where the last such search ended, preferring those.
  SchedUnit* find_for(CpuId thief, bool any);
  // Never let this queue's pace be further behind than `limit` allows.
  void catch_up(VirtualTime limit);
  // Tells the pool and the summary what other CPUs may know.
  void publish();

 private:
  friend class Scheduler;
  friend class SchedInspector;
  struct Place {
    VirtualTime age;
    u64 arrival;
    static Place of(const SchedUnit& unit) { return {unit.age_, unit.arrival_}; }
    bool operator<(const Place& other) const {
      return age == other.age ? arrival < other.arrival : age < other.age;
    }
  };
  struct ByAge {
    bool operator()(const SchedUnit& a, const SchedUnit& b) const { return Place::of(a) < Place::of(b); }
    bool operator()(const Place& a, const SchedUnit& b) const { return a < Place::of(b); }
    bool operator()(const SchedUnit& a, const Place& b) const { return Place::of(a) < b; }
  };
  using Waiting = boost::intrusive::multiset<SchedUnit, boost::intrusive::base_hook<SchedRunHook>,
                                             boost::intrusive::compare<ByAge>>;
  void advance_clock();

  CpuId cpu_;
  SchedPool* pool_ = nullptr;
  RunQueueSummary* summary_ = nullptr;
  SchedUnit* running_ = nullptr;
  SchedUnit* loaded_ = nullptr;
  Waiting waiting_;
  VirtualTime clock_;
  VirtualSpan drift_;
  Place search_from_{};
  u64 arrivals_ = 0;
  SystemTime charged_to_;
  SystemTime started_;
  SystemTime slice_end_;
  u32 load_ = 0;
  CpuId last_victim_;
};

// The CPUs of its pool on which `unit` may run: its hard affinity, or all of the pool when that leaves none (affinity is
// ignored while it cannot be met, and holds again as soon as it can).
CpuSet allowed_cpus(const SchedUnit& unit);
// The allowed CPUs in its soft affinity, or all allowed when that leaves none.
CpuSet preferred_cpus(const SchedUnit& unit);

}  // namespace xenolith
