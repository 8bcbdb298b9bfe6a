// SPDX-License-Identifier: MIT
// For tests: checks that everything the scheduler keeps agrees with everything else. Call while nothing else runs.
#pragma once

#include <string>

#include "core/sched/scheduler.hpp"

namespace xenolith {

class SchedInspector {
 public:
  explicit SchedInspector(Scheduler& scheduler) : scheduler_{scheduler} {}

  RunQueue& queue(CpuId cpu) { return scheduler_.slots_[cpu.raw()].queue.unsynchronised(); }
  static VirtualTime age(const SchedUnit& unit) { return unit.age_; }
  static auto& members(SchedGroup& group) { return group.members_; }
  static Duration budget(const SchedGroup& group) { return group.budget_; }

  // Empty when all is well, else what is wrong.
  std::string check_queue(CpuId cpu) {
    RunQueue& queue = this->queue(cpu);
    u32 load = queue.running_ ? queue.running_->weight_ : 0;
    for (SchedUnit& unit : queue.waiting_) {
      load += unit.weight_;
      if (unit.state_ != SchedUnit::State::waiting || unit.home() != cpu) return "a waiting unit believes otherwise";
      if (!unit.runnable_) return "a waiting unit cannot run";
      if (auto wrong = check_lag(queue, unit); !wrong.empty()) return wrong;
    }
    if (load != queue.load_) return "the load is not the sum of the weights";
    if (queue.running_ && queue.running_->state_ != SchedUnit::State::running) return "the running unit is not";
    if (queue.running_ && queue.running_->home() != cpu) return "the running unit lives elsewhere";
    if (SchedPool* pool = queue.pool_) {
      if (pool->overloaded_.contains(cpu) != !queue.waiting_.empty()) return "wrong overloaded bit";
      if (pool->idle_.contains(cpu) && !queue.idle()) return "busy, but offered as idle";
      if (!pool->cpus_.contains(cpu)) return "a queue of a pool that does not have it";
    }
    return {};
  }

  // The fairness invariant: a waiting unit's age lies within fixed bounds of its queue's clock.
  static std::string check_lag(const RunQueue& queue, const SchedUnit& unit) {
    Duration slice = std::max(sched::max_slice, queue.pool() ? queue.pool()->ratelimit() : Duration{}) + milliseconds(1);
    VirtualSpan ahead = std::max(sched::max_credit, sched::virtual_of(slice, unit.weight_) * 2);
    VirtualSpan lag = unit.age_ - queue.clock();
    if (lag < -sched::max_credit) return "a unit is owed more than the bound: " + std::to_string(lag.raw());
    if (lag > ahead) return "a unit is ahead by more than the bound: " + std::to_string(lag.raw());
    return {};
  }

  static std::string check_group(SchedGroup& group) {
    u32 runnable = 0;
    for (SchedUnit& unit : group.members_) {
      runnable += unit.runnable_;
      bool parked = static_cast<SchedParkHook&>(unit).is_linked();
      if (parked != (unit.state_ == SchedUnit::State::parked)) return "parked, or not?";
      if (unit.holds_ != 0) return "a unit is held though no release is under way";
    }
    if (runnable != group.runnable_units()) return "wrong number of runnable units";
    if (group.is_linked() != !group.parked_.empty()) return "a group waits for budget without parked units, or the reverse";
    return {};
  }

 private:
  Scheduler& scheduler_;
};

}  // namespace xenolith
