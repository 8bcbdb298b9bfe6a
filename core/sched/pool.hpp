// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

#include "core/base/atomic_cpu_set.hpp"
#include "core/sched/parameters.hpp"

namespace xenolith {

// A cpupool as the scheduler sees it: CPUs that share the units of some groups.
//
// `cpus` and `groups` change under the caller's cpupool lock. The other sets are hints that each queue publishes under
// its own lock and that anybody may read; an idle CPU is claimed by taking it out of `idle`.
class SchedPool {
 public:
  constexpr explicit SchedPool(u32 id) : id_{id} {}
  SchedPool(const SchedPool&) = delete;
  SchedPool& operator=(const SchedPool&) = delete;

  u32 id() const { return id_; }
  CpuSet cpus() const { return cpus_.snapshot(); }
  CpuSet idle() const { return idle_.snapshot(); }
  u32 group_count() const { return groups_.load(std::memory_order_relaxed); }  // changed under the cpupool lock only
  // alone: no other data hangs on it
  Duration ratelimit() const { return Duration{ratelimit_.load(std::memory_order_relaxed)}; }

 private:
  friend class Scheduler;
  friend class RunQueue;
  friend class SchedInspector;

  u32 id_;
  AtomicCpuSet cpus_;        // take part
  AtomicCpuSet idle_;        // run nothing and have nothing to run
  AtomicCpuSet overloaded_;  // have units that wait
  AtomicCpuSet tickless_;    // run a unit without an end to its slice
  std::atomic<i64> ratelimit_{sched::default_ratelimit.raw()};
  std::atomic<u32> groups_{0};
  std::atomic<u32> cursor_{0};  // spreads choices over CPUs; any value will do
};

}  // namespace xenolith
