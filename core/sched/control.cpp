// SPDX-License-Identifier: MIT
// What the toolstack changes: groups, units, weights, caps, affinity, pools and their CPUs.
#include "core/sched/scheduler.hpp"

namespace xenolith {

using namespace sched;
using State = SchedUnit::State;

Result<void> Scheduler::add_group(SchedGroup& group) {
  if (group.pool().cpus().empty()) return Failure{XEN_EINVAL};
  group.pool().groups_.fetch_add(1, std::memory_order_relaxed);
  return {};
}

Result<void> Scheduler::remove_group(SchedGroup& group) {
  if (!group.members_.empty()) return Failure{XEN_EBUSY};
  group.pool().groups_.fetch_sub(1, std::memory_order_relaxed);
  return {};
}

Result<void> Scheduler::add(SchedUnit& unit) {
  SchedPool& pool = unit.group().pool();
  CpuId turn{pool.cursor_.fetch_add(1, std::memory_order_relaxed) % arch::max_cpus};  // any value does
  auto home = allowed_cpus(unit).next_wrapping(turn);
  if (!home) return Failure{XEN_EINVAL};
  queue(*home).with([&](RunQueue& queue) { unit.age_ = queue.clock(); });
  unit.set_home(*home);
  unit.group().members_.push_back(unit);
  return {};
}

Result<void> Scheduler::remove(SchedUnit& unit) {
  bool removable = with_home(unit, [&](RunQueue& queue) {
    return unit.state_ == State::blocked && !unit.runnable_ && queue.loaded() != &unit && !throttle_.is_held(unit);
  });
  if (!removable) return Failure{XEN_EBUSY};
  unit.group().members_.erase(unit.group().members_.iterator_to(unit));
  return {};
}

Result<void> Scheduler::set_weight(SchedGroup& group, u16 weight) {
  if (weight == 0) return Failure{XEN_EINVAL};
  group.weight_.store(weight, std::memory_order_relaxed);
  return {};
}

CpuSet Scheduler::set_cap(SchedGroup& group, u16 cap, SystemTime now) {
  CpuSet poke;
  if (cap == group.cap()) return poke;
  throttle_.set_cap(group, cap, now);
  for (SchedUnit& unit : group.members_) {
    with_home(unit, [&](RunQueue& queue) {
      if (unit.state_ == State::running) poke.add(queue.cpu());
      return true;
    });
  }
  return poke;
}

Result<std::optional<CpuId>> Scheduler::set_affinity(SchedUnit& unit, const CpuSet& hard, const CpuSet& soft,
                                                     SystemTime now) {
  if (hard.empty()) return Failure{XEN_EINVAL};
  std::optional<CpuId> poke;
  auto moves = with_home(unit, [&](RunQueue& queue) {
    unit.hard_ = hard;
    unit.soft_ = soft;
    queue.charge(now);
    Misplaced misplaced = evict(queue, unit);
    if (misplaced == Misplaced::must_pick) poke = queue.cpu();
    // It may have become movable to a CPU that idles.
    else if (misplaced == Misplaced::no && unit.state_ == State::waiting && queue.loaded() != &unit)
      poke = claim_idle(unit.group().pool(), allowed_cpus(unit), queue.cpu());
    return misplaced;
  });
  if (moves == Misplaced::must_deliver) poke = deliver(unit, max_credit, now);
  return poke;
}

Result<void> Scheduler::set_ratelimit(SchedPool& pool, Duration limit) {
  if (limit != Duration::zero() && (limit < min_ratelimit || limit > max_ratelimit)) return Failure{XEN_EINVAL};
  pool.ratelimit_.store(limit.raw(), std::memory_order_relaxed);
  return {};
}

Result<CpuSet> Scheduler::add_cpu(SchedPool& pool, CpuId cpu) {
  if (cpu.raw() >= arch::max_cpus) return Failure{XEN_EINVAL};
  return queue(cpu).with([&](RunQueue& queue) -> Result<CpuSet> {
    if (queue.pool_) return Failure{XEN_EBUSY};
    queue.pool_ = &pool;
    pool.cpus_.add(cpu);
    queue.publish();
    return pool.cpus();
  });
}

Result<CpuSet> Scheduler::remove_cpu(SchedPool& pool, CpuId cpu, SystemTime now) {
  CpuSet left = pool.cpus();
  if (!left.contains(cpu)) return Failure{XEN_EINVAL};
  left.remove(cpu);
  if (left.empty() && pool.group_count() != 0) return Failure{XEN_EBUSY};
  CpuSet poke = CpuSet::of(cpu);
  pool.cpus_.remove(cpu);
  queue(cpu).with([&](RunQueue& queue) {
    queue.charge(now);
    queue.pool_ = nullptr;
    pool.idle_.remove(cpu);
    pool.overloaded_.remove(cpu);
    pool.tickless_.remove(cpu);
  });
  while (SchedUnit* unit = drain_one(cpu))
    if (auto target = deliver(*unit, max_credit, now)) poke.add(*target);
  return poke;
}

// Takes one waiting unit off a CPU that has left its pool.
SchedUnit* Scheduler::drain_one(CpuId cpu) {
  return queue(cpu).with([&](RunQueue& queue) -> SchedUnit* {
    SchedUnit* leaving = nullptr;
    while (!leaving && queue.first())
      if (SchedUnit* unit = queue.first(); evict(queue, *unit) == Misplaced::must_deliver) leaving = unit;
    queue.publish();
    return leaving;
  });
}

bool Scheduler::is_free(CpuId cpu) {
  return queue(cpu).with([](RunQueue& queue) { return !queue.pool() && queue.idle() && !queue.loaded(); });
}

Result<CpuSet> Scheduler::move_group(SchedGroup& group, SchedPool& pool, SystemTime now) {
  if (pool.cpus().empty()) return Failure{XEN_EINVAL};
  CpuSet poke;
  group.pool().groups_.fetch_sub(1, std::memory_order_relaxed);
  pool.groups_.fetch_add(1, std::memory_order_relaxed);
  group.pool_.store(&pool, std::memory_order_release);  // pairs with the acquire in SchedGroup::pool
  for (SchedUnit& unit : group.members_) {
    auto moves = with_home(unit, [&](RunQueue& queue) {
      queue.charge(now);
      Misplaced misplaced = evict(queue, unit);
      if (misplaced == Misplaced::must_pick) poke.add(queue.cpu());
      return misplaced;
    });
    if (moves != Misplaced::must_deliver) continue;
    if (auto target = deliver(unit, max_credit, now)) poke.add(*target);
  }
  return poke;
}

}  // namespace xenolith
