// SPDX-License-Identifier: MIT
#include "core/run/cpupools.hpp"

#include "core/base/own.hpp"
#include "core/domain/domain.hpp"
#include "core/run/dispatcher.hpp"
#include "core/run/dispatching.hpp"
#include "core/run/domain_run.hpp"
#include "core/time/clock.hpp"

namespace xenolith {
namespace {
using namespace dispatching;

constexpr u32 any = ~u32{0};

SchedPool* find(Pools& pools, u32 id) {
  if (id == 0) return &pools.first;
  for (ExtraPool* at = pools.extra; at; at = at->next)
    if (at->pool.id() == id) return &at->pool;
  return nullptr;
}

SchedPool* next(Pools& pools, u32 from) {
  if (from == 0) return &pools.first;
  for (ExtraPool* at = pools.extra; at; at = at->next)
    if (at->pool.id() >= from) return &at->pool;
  return nullptr;
}

CpuPools::Information describe(const SchedPool& pool) {
  return {pool.id(), pool.group_count(), pool.cpus(), pool.ratelimit()};
}

CpuSet free_of(Pools& pools) {
  CpuSet free = Dispatcher::online().without(pools.first.cpus());
  for (ExtraPool* at = pools.extra; at; at = at->next) free = free.without(at->pool.cpus());
  return free;
}

u32 lowest_free_id(Pools& pools) {
  u32 id = 1;
  for (ExtraPool* at = pools.extra; at && at->pool.id() == id; at = at->next) ++id;
  return id;
}

Result<void> take_cpu(SchedPool& pool, CpuId cpu) {
  auto removed = scheduler().remove_cpu(pool, cpu, now());
  if (removed.failed()) return Failure{removed.error()};
  poke(*removed);
  poke(std::optional{cpu});
  return {};
}

// Calls function(pools, pool) with the pool of that id. Fails with ENOENT.
template <class Function>
auto with_pool(u32 id, Function&& function) -> decltype(function(std::declval<Pools&>(), std::declval<SchedPool&>())) {
  return pools.with([&](Pools& all) -> decltype(function(all, all.first)) {
    SchedPool* pool = find(all, id);
    if (!pool) return Failure{XEN_ENOENT};
    return function(all, *pool);
  });
}

}  // namespace

Result<u32> CpuPools::create(u32 wanted) {
  return pools.with([&](Pools& all) -> Result<u32> {
    u32 id = wanted == any ? lowest_free_id(all) : wanted;
    if (find(all, id)) return Failure{XEN_EEXIST};
    Own<ExtraPool> made = TRY(make<ExtraPool>(id));
    ExtraPool** at = &all.extra;
    while (*at && (*at)->pool.id() < id) at = &(*at)->next;
    made->next = *at;
    *at = made.release();
    return id;
  });
}

// A CPU may still look at its pool until it has picked again, so the pool goes only when its CPUs have left it.
Result<void> CpuPools::destroy(u32 id) {
  return with_pool(id, [&](Pools& all, SchedPool& pool) -> Result<void> {
    if (id == 0 || pool.group_count() != 0) return Failure{XEN_EBUSY};
    for (CpuId cpu : pool.cpus()) TRY(take_cpu(pool, cpu));
    for (CpuId cpu : free_of(all))
      if (!scheduler().is_free(cpu)) return Failure{XEN_EAGAIN};
    ExtraPool** at = &all.extra;
    while (&(*at)->pool != &pool) at = &(*at)->next;
    Own<ExtraPool> gone{*at};
    *at = gone->next;
    return {};
  });
}

Result<CpuPools::Information> CpuPools::at_or_after(u32 from) {
  return pools.with([&](Pools& all) -> Result<Information> {
    SchedPool* pool = next(all, from);
    if (!pool) return Failure{XEN_ENOENT};
    return describe(*pool);
  });
}

Result<CpuPools::Information> CpuPools::information(u32 id) {
  return with_pool(id, [](Pools&, SchedPool& pool) -> Result<Information> { return describe(pool); });
}

Result<void> CpuPools::add_cpu(u32 id, u32 wanted) {
  return with_pool(id, [&](Pools& all, SchedPool& pool) -> Result<void> {
    CpuSet free = free_of(all);
    if (wanted == any && free.empty()) return Failure{XEN_ENODEV};
    CpuId cpu = wanted == any ? *free.first() : CpuId{wanted};
    if (!Dispatcher::online().contains(cpu)) return Failure{XEN_EINVAL};
    if (!free.contains(cpu)) return Failure{XEN_ENODEV};
    auto added = scheduler().add_cpu(pool, cpu);
    if (added.failed()) return Failure{added.error() == XEN_EBUSY ? XEN_EAGAIN : added.error()};
    poke(*added);
    poke(std::optional{cpu});
    return {};
  });
}

Result<void> CpuPools::remove_cpu(u32 id, u32 wanted) {
  return with_pool(id, [&](Pools&, SchedPool& pool) -> Result<void> {
    CpuSet members = pool.cpus();
    if (wanted == any && members.empty()) return Failure{XEN_ENODEV};
    CpuId cpu{wanted};
    if (wanted == any)
      for (CpuId member : members) cpu = member;  // the last
    if (!Dispatcher::online().contains(cpu)) return Failure{XEN_EINVAL};
    if (!members.contains(cpu)) return Failure{XEN_ENODEV};
    return take_cpu(pool, cpu);
  });
}

CpuSet CpuPools::free_cpus() {
  return pools.with([](Pools& all) { return free_of(all); });
}

Result<void> CpuPools::move(Domain& domain, u32 id) {
  return with_pool(id, [&](Pools&, SchedPool& pool) -> Result<void> {
    SchedGroup& group = domain.run().group();
    if (&group.pool() == &pool) return {};
    poke(TRY(scheduler().move_group(group, pool, now())));
    return {};
  });
}

Result<void> CpuPools::set_ratelimit(u32 id, Duration limit) {
  return with_pool(id, [&](Pools&, SchedPool& pool) { return scheduler().set_ratelimit(pool, limit); });
}

}  // namespace xenolith
