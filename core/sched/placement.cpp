// SPDX-License-Identifier: MIT
// Choosing a CPU for a unit and bringing it there.
#include "core/sched/scheduler.hpp"

namespace xenolith {

using namespace sched;
using State = SchedUnit::State;

std::optional<CpuId> Scheduler::claim_idle(SchedPool& pool, const CpuSet& among, CpuId near) {
  if (among.contains(near) && pool.idle_.take(near)) return near;
  CpuSet candidates = pool.idle() & among;
  while (auto cpu = candidates.next_wrapping(near)) {
    if (pool.idle_.take(*cpu)) return cpu;
    candidates.remove(*cpu);
  }
  return std::nullopt;
}

// Of two CPUs, the home (if among them) and another in turn, the one with less weight on it; a tie keeps it at home.
CpuId Scheduler::less_loaded(const SchedUnit& unit, const CpuSet& among) {
  CpuId home = unit.home();
  if (!among.contains(home)) home = among.next_wrapping(home).value_or(home);
  // alone: any value does
  u32 turn = unit.group().pool().cursor_.fetch_add(1, std::memory_order_relaxed) % arch::max_cpus;
  CpuId other = among.next_wrapping(CpuId{turn}).value_or(home);
  u32 home_load = slots_[home.raw()].summary.load.load(std::memory_order_relaxed);
  u32 other_load = slots_[other.raw()].summary.load.load(std::memory_order_relaxed);
  return other_load + unit.group().weight() < home_load ? other : home;
}

// An idle CPU that the unit prefers, else any idle one it may use, else a busy one that it prefers. Takes no lock: the
// choice is checked again under the lock of the chosen queue.
CpuId Scheduler::place(const SchedUnit& unit) {
  SchedPool& pool = unit.group().pool();
  CpuSet preferred = preferred_cpus(unit);
  if (auto cpu = claim_idle(pool, preferred, unit.home())) return *cpu;
  if (auto cpu = claim_idle(pool, allowed_cpus(unit), unit.home())) return *cpu;
  return less_loaded(unit, preferred);
}

// A unit whose state is still on its home CPU goes nowhere else.
void Scheduler::send_away(RunQueue& queue, SchedUnit& unit) {
  queue.depart(unit, queue.loaded() == &unit ? queue.cpu() : place(unit));
}

// May not be here, or prefers a CPU that idles.
bool Scheduler::is_misplaced(RunQueue& queue, const SchedUnit& unit) {
  if (!queue.accepts(unit)) return true;
  CpuSet preferred = preferred_cpus(unit);
  return !preferred.contains(queue.cpu()) && preferred.intersects(unit.group().pool().idle());
}

// Begins to move a unit that has become misplaced. A running one moves when its CPU picks, one whose state is still
// loaded when its CPU calls switched().
Scheduler::Misplaced Scheduler::evict(RunQueue& queue, SchedUnit& unit) {
  if (!is_misplaced(queue, unit)) return Misplaced::no;
  if (unit.state_ == State::running) return Misplaced::must_pick;
  if (unit.state_ != State::waiting) return Misplaced::no;
  queue.detach(unit);
  unit.deferred_ = queue.loaded() == &unit;
  send_away(queue, unit);
  return unit.deferred_ ? Misplaced::deferred : Misplaced::must_deliver;
}

// Somebody waits here: a CPU that idles, or one that runs without a timer, is to come and take it.
std::optional<CpuId> Scheduler::offer(RunQueue& queue) {
  SchedUnit* next = queue.first();
  if (!queue.pool() || !next || next == queue.loaded()) return std::nullopt;
  CpuSet allowed = allowed_cpus(*next);
  if (auto cpu = claim_idle(*queue.pool(), allowed, queue.cpu())) return cpu;
  auto lone = (queue.pool()->tickless_.snapshot() & allowed).next_wrapping(queue.cpu());
  return lone && queue.pool()->tickless_.take(*lone) ? lone : std::nullopt;
}

// Completes the move that depart() began. Returns a CPU to poke.
std::optional<CpuId> Scheduler::deliver(SchedUnit& unit, VirtualSpan credit, SystemTime now) {
  for (;;) {
    CpuId target = unit.home();  // only the mover changes it
    std::optional<CpuId> poke;
    bool arrived = queue(target).with([&](RunQueue& queue) {
      bool done = true;
      queue.charge(now);
      if (!unit.runnable_) {
        unit.age_ = queue.clock() + unit.lag_;
        unit.state_ = State::blocked;
      } else if (queue.accepts(unit)) {
        queue.attach(unit, credit);
        poke = poke_for(queue, unit);
      } else if (queue.loaded() == &unit) {
        unit.deferred_ = true;
      } else {
        unit.set_home(place(unit));
        done = false;
      }
      queue.publish();
      return done;
    });
    if (arrived) return poke;
  }
}

// Who must hear of a unit that arrived: its CPU if it should run now or has no timer set, else one that could take it
// at its next turn but has no timer set.
std::optional<CpuId> Scheduler::poke_for(RunQueue& queue, SchedUnit& unit) {
  if (queue.preempts(unit) || queue.tickless()) return queue.cpu();
  AtomicCpuSet& tickless = unit.group().pool().tickless_;
  CpuSet candidates = tickless.snapshot() & allowed_cpus(unit);
  auto cpu = candidates.next_wrapping(queue.cpu());
  return cpu && tickless.take(*cpu) ? cpu : std::nullopt;
}

}  // namespace xenolith
