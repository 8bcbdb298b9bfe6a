// SPDX-License-Identifier: MIT
// Waking, blocking and releasing units.
#include "core/sched/scheduler.hpp"

namespace xenolith {

using namespace sched;
using State = SchedUnit::State;

Scheduler::Scheduler() {
  for (u32 i = 0; i < arch::max_cpus; ++i)
    slots_[i].queue.with([&](RunQueue& queue) { queue.set_up(CpuId{i}, slots_[i].summary); });
}

void Scheduler::set_runnable(SchedUnit& unit, bool runnable) {
  unit.runnable_ = runnable;
  // alone: only a hint for sharing out budgets
  if (runnable) unit.group().runnable_.fetch_add(1, std::memory_order_relaxed);
  else unit.group().runnable_.fetch_sub(1, std::memory_order_relaxed);
}

std::optional<CpuId> Scheduler::wake(SchedUnit& unit, SystemTime now) {
  bool moves = with_home(unit, [&](RunQueue& queue) {
    if (unit.runnable_) return false;
    set_runnable(unit, true);
    if (unit.state_ != State::blocked) return false;  // its CPU, or who moves it, sees that it can run
    queue.charge(now);
    send_away(queue, unit);
    return true;
  });
  return moves ? deliver(unit, wake_credit, now) : std::nullopt;
}

std::optional<CpuId> Scheduler::block(SchedUnit& unit, SystemTime now) {
  return with_home(unit, [&](RunQueue& queue) -> std::optional<CpuId> {
    if (!unit.runnable_) return std::nullopt;
    set_runnable(unit, false);
    if (unit.state_ == State::running) return queue.cpu();
    if (unit.state_ == State::moving) return std::nullopt;  // who moves it sees that it cannot run
    queue.charge(now);
    if (unit.state_ == State::waiting) queue.detach(unit);
    else throttle_.unpark(unit);
    unit.state_ = State::blocked;
    return std::nullopt;
  });
}

void Scheduler::yield(SchedUnit& unit) {
  with_home(unit, [&](RunQueue&) { return unit.yielding_ = unit.state_ == State::running; });
}

std::optional<CpuId> Scheduler::switched(CpuId cpu, SystemTime now) {
  std::optional<CpuId> poke;
  SchedUnit* moves = queue(cpu).with([&](RunQueue& queue) -> SchedUnit* {
    SchedUnit* unit = queue.loaded_;
    queue.loaded_ = queue.running_;
    if (!unit || unit == queue.running_) return nullptr;
    queue.charge(now);
    bool goes = unit->deferred_;
    if (!goes && unit->state_ == State::waiting && is_misplaced(queue, *unit)) {
      queue.detach(*unit);
      goes = true;
    }
    unit->deferred_ = false;
    if (goes) send_away(queue, *unit);
    else poke = offer(queue);
    queue.publish();
    return goes ? unit : nullptr;
  });
  return moves ? deliver(*moves, max_credit, now) : poke;
}

SchedRelease Scheduler::release(SystemTime now) {
  SchedRelease result;
  for (unsigned i = 0; i < release_limit; ++i) {
    SchedUnit* unit = throttle_.take_released(now);
    if (!unit) break;
    bool moves = with_home(*unit, [&](RunQueue& queue) {
      if (unit->state_ != State::parked || throttle_.is_parked(*unit)) return false;
      queue.charge(now);
      unit->restarting_ = true;
      send_away(queue, *unit);
      return true;
    });
    // The unit is held until it has arrived, so that it cannot be removed under our hands.
    if (moves)
      if (auto poke = deliver(*unit, wake_credit, now)) result.poke.add(*poke);
    throttle_.released(*unit);
  }
  result.next = throttle_.next_release();
  return result;
}

}  // namespace xenolith
