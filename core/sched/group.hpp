// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

#include "core/base/intrusive.hpp"
#include "core/sched/pool.hpp"
#include "core/sched/unit.hpp"

namespace xenolith {

// The units of one domain: their common weight, cap and pool.
//
// The members list changes under the caller's control lock of the domain; the budget belongs to Throttle's lock. A group
// outlives its units.
class SchedGroup : public boost::intrusive::set_base_hook<> {
 public:
  SchedGroup(DomainId domain, SchedPool& pool) : domain_{domain}, pool_{&pool} {}
  SchedGroup(const SchedGroup&) = delete;
  SchedGroup& operator=(const SchedGroup&) = delete;

  DomainId domain() const { return domain_; }
  SchedPool& pool() const { return *pool_.load(std::memory_order_acquire); }  // pairs with Scheduler::move_group
  // Each stands alone: a reader may see the old value for the rest of a slice.
  u16 weight() const { return weight_.load(std::memory_order_relaxed); }
  // Percent of one CPU; 0: no cap.
  u16 cap() const { return cap_.load(std::memory_order_relaxed); }
  // CPU time per period, for a group with a cap.
  Duration quota() const { return sched::cap_period * cap() / 100; }
  u32 runnable_units() const { return runnable_.load(std::memory_order_relaxed); }

 private:
  friend class Scheduler;
  friend class RunQueue;
  friend class Throttle;
  friend class SchedInspector;
  using Parked = boost::intrusive::list<SchedUnit, boost::intrusive::base_hook<SchedParkHook>,
                                        boost::intrusive::constant_time_size<false>>;
  using Members = boost::intrusive::list<SchedUnit, boost::intrusive::base_hook<SchedMemberHook>>;

  DomainId domain_;
  std::atomic<SchedPool*> pool_;
  std::atomic<u16> weight_{sched::default_weight};
  std::atomic<u16> cap_{0};
  std::atomic<u32> runnable_{0};  // a hint for sharing out the budget
  Members members_;

  // Under Throttle's lock:
  Duration budget_;
  Duration promised_;      // shares of the units that the current round of releases let go
  SystemTime period_end_;
  SystemTime release_at_;  // key in Throttle's tree while units are parked
  Parked parked_;          // runnable units that wait for budget, first come first
};

}  // namespace xenolith
