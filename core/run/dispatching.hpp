// SPDX-License-Identifier: MIT
// What the dispatcher and the cpupools share. Not for others.
#pragma once

#include <optional>

#include "core/base/lock.hpp"
#include "core/sched/scheduler.hpp"

namespace xenolith::dispatching {

Scheduler& scheduler();

// A pool beside pool 0.
struct ExtraPool {
  explicit ExtraPool(u32 id) : pool{id} {}
  SchedPool pool;
  ExtraPool* next = nullptr;  // ascending ids
};

// What the cpupool lock guards.
struct Pools {
  SchedPool first{0};
  ExtraPool* extra = nullptr;
};
extern Locked<Pools, LockRank::cpupool> pools;

// Has CPUs pick anew.
void poke(std::optional<CpuId> cpu);
void poke(const CpuSet& set);

}  // namespace xenolith::dispatching
