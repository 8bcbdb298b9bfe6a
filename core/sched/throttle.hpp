// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "core/base/lock.hpp"
#include "core/sched/group.hpp"

namespace xenolith {

// CPU caps. A group with cap c gets c percent of cap_period as budget each period; a slice reserves its share of
// the budget before it starts and returns what it did not use, so that a group overdraws only by the lateness of the
// CPUs that run it, and that is taken from its next periods. Units that find no budget are parked until they are released.
//
// One lock for all budgets, taken inside a run queue's lock; groups without a cap never take it.
class Throttle {
 public:
  // Reserves up to `wanted` for `unit`, whose group has a cap: at most an equal share for each runnable unit of the group,
  // at least min_grant. Zero: too little is left; the unit has been parked and the caller sets its state.
  Duration reserve(SchedUnit& unit, Duration wanted, SystemTime now);
  // Ends the reservation of `unit`, which ran for `used`.
  void settle(SchedUnit& unit, Duration used, SystemTime now);
  // A parked unit stops being runnable.
  void unpark(SchedUnit& unit);
  // When units must be released: the time for the next call of take_released(); never() while none is parked.
  SystemTime next_release();
  // The next parked unit whose group has budget again, held until released() so that it is not removed meanwhile;
  // nullptr when there is none at `now`. The caller holds no queue lock.
  SchedUnit* take_released(SystemTime now);
  void released(SchedUnit& unit);
  bool is_parked(const SchedUnit& unit);
  bool is_held(const SchedUnit& unit);
  // Sets the cap and starts a new budget; parked units are due at once.
  void set_cap(SchedGroup& group, u16 cap, SystemTime now);

 private:
  friend class SchedInspector;
  struct ByRelease {
    bool operator()(const SchedGroup& a, const SchedGroup& b) const { return a.release_at_ < b.release_at_; }
  };
  using Waiting = boost::intrusive::multiset<SchedGroup, boost::intrusive::compare<ByRelease>>;
  struct Budgets {
    Waiting waiting;  // groups that have parked units
  };
  static void refill(SchedGroup& group, SystemTime now);
  static Duration limit(const SchedGroup& group);
  static Duration share(const SchedGroup& group);
  static void release_at(Budgets& budgets, SchedGroup& group, SystemTime time);
  static void forget(Budgets& budgets, SchedGroup& group);

  Locked<Budgets, LockRank::scheduler_budget, IrqSafety::interrupt> budgets_;
};

}  // namespace xenolith
