// SPDX-License-Identifier: MIT
#include "core/sched/throttle.hpp"

#include <algorithm>

namespace xenolith {

using namespace sched;

// Brings the budget to the period that contains `now`. Unused budget does not add up; debt is carried over.
void Throttle::refill(SchedGroup& group, SystemTime now) {
  if (now < group.period_end_) return;
  i64 periods = (now - group.period_end_) / cap_period + 1;
  group.period_end_ += cap_period * periods;
  // Debt is a few slices of a few CPUs, far below what many periods pay; the bound keeps the product small.
  group.budget_ = std::min(limit(group), group.budget_ + group.quota() * std::min<i64>(periods, 1'000'000));
}

// What a group may hold at once: a period's quota, and what is left of a budget too small to start on.
Duration Throttle::limit(const SchedGroup& group) { return group.quota() + min_grant; }

Duration Throttle::share(const SchedGroup& group) {
  return std::max(min_grant, group.quota() / std::max<i64>(1, group.runnable_units()));
}

void Throttle::release_at(Budgets& budgets, SchedGroup& group, SystemTime time) {
  forget(budgets, group);
  group.release_at_ = time;
  budgets.waiting.insert(group);
}

void Throttle::forget(Budgets& budgets, SchedGroup& group) {
  if (group.is_linked()) budgets.waiting.erase(budgets.waiting.iterator_to(group));
}

Duration Throttle::reserve(SchedUnit& unit, Duration wanted, SystemTime now) {
  SchedGroup& group = unit.group();
  return budgets_.with([&](Budgets& budgets) {
    refill(group, now);
    if (group.budget_ >= min_grant || group.cap() == 0) {
      Duration grant = std::min({wanted, share(group), group.budget_});
      unit.granted_ = std::max(grant, std::min(wanted, min_grant));
      group.budget_ -= unit.granted_;
      return unit.granted_;
    }
    // A unit that had been released but came too late keeps its place at the head.
    if (unit.restarting_) group.parked_.push_front(unit);
    else group.parked_.push_back(unit);
    if (!group.is_linked()) release_at(budgets, group, group.period_end_);
    return Duration::zero();
  });
}

void Throttle::settle(SchedUnit& unit, Duration used, SystemTime now) {
  SchedGroup& group = unit.group();
  budgets_.with([&](Budgets& budgets) {
    refill(group, now);
    group.budget_ = std::min(limit(group), group.budget_ + unit.granted_ - used);
    unit.granted_ = Duration::zero();
    if (group.budget_ >= min_grant && !group.parked_.empty()) release_at(budgets, group, now);
  });
}

void Throttle::unpark(SchedUnit& unit) {
  SchedGroup& group = unit.group();
  budgets_.with([&](Budgets& budgets) {
    if (static_cast<SchedParkHook&>(unit).is_linked()) group.parked_.erase(group.parked_.iterator_to(unit));
    if (group.parked_.empty()) forget(budgets, group);
  });
}

SystemTime Throttle::next_release() {
  return budgets_.with([](Budgets& budgets) {
    return budgets.waiting.empty() ? SystemTime::never() : budgets.waiting.begin()->release_at_;
  });
}

SchedUnit* Throttle::take_released(SystemTime now) {
  return budgets_.with([&](Budgets& budgets) -> SchedUnit* {
    while (!budgets.waiting.empty() && budgets.waiting.begin()->release_at_ <= now) {
      SchedGroup& group = *budgets.waiting.begin();
      refill(group, now);
      if (group.cap() != 0 && group.promised_ + min_grant > group.budget_) {
        group.promised_ = Duration::zero();
        release_at(budgets, group, group.period_end_);
        continue;
      }
      SchedUnit& unit = group.parked_.front();
      group.parked_.pop_front();
      group.promised_ += share(group);
      ++unit.holds_;
      if (group.parked_.empty()) {
        group.promised_ = Duration::zero();
        forget(budgets, group);
      }
      return &unit;
    }
    return nullptr;
  });
}

void Throttle::released(SchedUnit& unit) {
  budgets_.with([&](Budgets&) { --unit.holds_; });
}

bool Throttle::is_parked(const SchedUnit& unit) {
  return budgets_.with([&](Budgets&) { return static_cast<const SchedParkHook&>(unit).is_linked(); });
}

bool Throttle::is_held(const SchedUnit& unit) {
  return budgets_.with([&](Budgets&) { return unit.holds_ != 0; });
}

void Throttle::set_cap(SchedGroup& group, u16 cap, SystemTime now) {
  budgets_.with([&](Budgets& budgets) {
    group.cap_.store(cap, std::memory_order_relaxed);
    group.budget_ = group.quota();
    group.promised_ = Duration::zero();
    group.period_end_ = now + cap_period;
    if (!group.parked_.empty()) release_at(budgets, group, now);
  });
}

}  // namespace xenolith
