// SPDX-License-Identifier: MIT
// Deciding what a CPU runs next, and finding work elsewhere.
#include <algorithm>

#include "core/sched/scheduler.hpp"

namespace xenolith {

using namespace sched;
using State = SchedUnit::State;

namespace {

Duration slice_for(u32 waiting, Duration ratelimit) {
  return std::max(std::clamp(latency_target / std::max<i64>(waiting, 1), min_slice, max_slice), ratelimit);
}

}  // namespace

SchedDecision Scheduler::pick(CpuId cpu, SystemTime now) {
  SchedDecision decision;
  SchedPool* hungry = nullptr;     // idle unless another queue has something
  std::optional<CpuId> victim;     // a queue that may be behind ours
  VirtualTime pace;
  bool decided = true;
  queue(cpu).with([&](RunQueue& queue) {
    queue.charge(now);
    if (!continues(queue, now, decision)) {
      put_back(queue, now, decision);
      if (queue.pool() && queue.idle()) hungry = queue.pool();
      else victim = victim_of(queue);
      pace = queue.pace();
      decided = false;
    }
    queue.publish();
  });
  if (hungry) steal_when_idle(cpu, *hungry, now);
  else if (victim) steal(cpu, *victim, pace, now);
  while (!decided) decided = dispatch(cpu, now, decision);
  return decision;
}

// Does the running unit simply go on? If so the decision is made.
bool Scheduler::continues(RunQueue& queue, SystemTime now, SchedDecision& decision) {
  SchedUnit* unit = queue.running();
  if (!unit || !unit->runnable_ || unit->yielding_ || !queue.accepts(*unit)) return false;
  bool capped = unit->group().cap() != 0;
  if (now >= queue.slice_end() || capped != (unit->granted_ > Duration::zero())) return false;
  SystemTime protected_until = queue.started() + queue.pool()->ratelimit();
  SchedUnit* head = queue.first();
  bool contested = head && queue.preempts(*head);
  if (contested && now >= protected_until) return false;
  bool others_wait = head || !queue.pool()->overloaded_.snapshot().empty();
  if (queue.tickless() && others_wait) queue.slice_end_ = now + max_slice;
  decision.unit = unit;
  decision.until = contested ? std::min(queue.slice_end(), protected_until) : queue.slice_end();
  return true;
}

// Ends the slice of the running unit, if any.
void Scheduler::put_back(RunQueue& queue, SystemTime now, SchedDecision& decision) {
  if (!queue.running()) return;
  SystemTime started = queue.started();
  SchedUnit& unit = queue.stop();
  if (unit.granted_ > Duration::zero()) {
    throttle_.settle(unit, now - started, now);
    decision.release_at = throttle_.next_release();
  }
  if (!unit.runnable_) {
    unit.state_ = State::blocked;
  } else if (is_misplaced(queue, unit)) {
    queue.depart(unit, queue.cpu());
    unit.deferred_ = true;  // until switched(): its state is still here
  } else {
    queue.requeue(unit);
    if (queue.first() != &unit) unit.yielding_ = false;  // another goes first anyway
  }
}

// Starts `unit` unless its group's budget is used up, in which case it is parked.
bool Scheduler::start(RunQueue& queue, SchedUnit& unit, SystemTime now, SchedDecision& decision) {
  // When the first has yielded it waits for the shortest slice only.
  bool yielded_to = queue.first() != &unit;
  Duration slice = slice_for(yielded_to ? ~u32{0} : queue.waiting_count(), queue.pool()->ratelimit());
  CpuSet others = queue.pool()->overloaded_.snapshot();
  others.remove(queue.cpu());
  bool alone = queue.waiting_count() == 1 && others.empty() && preferred_cpus(unit).contains(queue.cpu());
  SystemTime end = alone ? SystemTime::never() : now + slice;
  if (unit.group().cap() != 0) {
    Duration granted = throttle_.reserve(unit, slice, now);
    if (granted == Duration::zero()) {
      queue.detach(unit);
      unit.state_ = State::parked;
      decision.release_at = throttle_.next_release();
      return false;
    }
    end = now + granted;
  }
  queue.run(unit, now, end);
  decision.unit = &unit;
  decision.until = end;
  return true;
}

// Starts the best unit that waits on `cpu`; false if it had to send one away and must look again.
bool Scheduler::dispatch(CpuId cpu, SystemTime now, SchedDecision& decision) {
  SchedUnit* stray = queue(cpu).with([&](RunQueue& queue) -> SchedUnit* {
    unsigned parked = 0;
    while (SchedUnit* unit = queue.pool() && parked < park_limit ? queue.choose() : nullptr) {
      Misplaced misplaced = evict(queue, *unit);
      if (misplaced == Misplaced::must_deliver) {
        queue.publish();
        return unit;
      }
      if (misplaced == Misplaced::deferred) continue;  // at most one is still loaded
      if (start(queue, *unit, now, decision)) break;
      ++parked;
    }
    if (!decision.unit) dispatch_idle(queue, now, decision, parked != 0);
    if (auto other = offer(queue)) decision.poke.add(*other);
    queue.publish();
    return nullptr;
  });
  if (!stray) return true;
  if (auto other = deliver(*stray, max_credit, now)) decision.poke.add(*other);
  return false;
}

void Scheduler::dispatch_idle(RunQueue& queue, SystemTime now, SchedDecision& decision, bool parked) {
  decision.until = SystemTime::never();
  if (!queue.pool()) return;
  // Units that waited here have been parked: look once more at what is left, here or elsewhere.
  if (parked) decision.until = now;
  else if (queue.first() || !queue.pool()->overloaded_.snapshot().empty()) decision.until = now + idle_retry;
}

// The next queue in turn that has waiting units and is behind ours, from a look at up to two.
std::optional<CpuId> Scheduler::victim_of(RunQueue& queue) {
  if (!queue.pool() || queue.idle()) return std::nullopt;
  CpuSet candidates = queue.pool()->overloaded_.snapshot();
  candidates.remove(queue.cpu());
  for (unsigned i = 0; i < 2; ++i) {
    auto victim = candidates.next_wrapping(queue.last_victim_);
    if (!victim) return std::nullopt;
    queue.last_victim_ = *victim;
    VirtualTime pace{slots_[victim->raw()].summary.pace.load(std::memory_order_relaxed)};
    queue.catch_up(pace + -max_credit);  // clocks that drifted apart for lack of anything to move start level
    if (queue.pace() - pace > steal_margin) return victim;
  }
  return std::nullopt;
}

void Scheduler::steal_when_idle(CpuId thief, SchedPool& pool, SystemTime now) {
  CpuSet candidates = pool.overloaded_.snapshot();
  candidates.remove(thief);
  CpuId at = thief;
  while (auto victim = candidates.next_wrapping(at)) {
    if (steal(thief, *victim, std::nullopt, now)) return;
    candidates.remove(*victim);
    at = *victim;
  }
}

// Takes a unit from `victim` to `thief`. With a pace (the thief's), for fairness: only if the victim is behind, only a
// unit that prefers the thief, and its lag is measured against the thief's pace. Without: whatever the thief may run.
SchedUnit* Scheduler::steal(CpuId thief, CpuId victim, std::optional<VirtualTime> pace, SystemTime now) {
  SchedUnit* taken = queue(victim).with([&](RunQueue& queue) -> SchedUnit* {
    queue.charge(now);
    if (pace) queue.catch_up(*pace + -max_credit);
    VirtualSpan behind = pace ? *pace - queue.pace() : VirtualSpan{};
    SchedUnit* unit = nullptr;
    if (!pace || behind > steal_margin) unit = queue.find_for(thief, !pace);
    if (unit) {
      queue.detach(*unit);
      queue.depart(*unit, thief);
      unit->lag_ -= behind;
    }
    queue.publish();
    return unit;
  });
  if (taken) deliver(*taken, max_credit, now);
  return taken;
}

}  // namespace xenolith
