// SPDX-License-Identifier: MIT
#include "core/base/lock.hpp"

#include "core/base/log.hpp"

namespace xenolith {

#ifdef XENOLITH_DEBUG
namespace {
constexpr unsigned max_depth = 16;
struct alignas(arch::cache_line_size) Held {
  LockRank ranks[max_depth] = {};
  u32 depth = 0;
  u32 base = 0;  // locks below were taken by what an interrupt handler has interrupted
};
constinit Held held[arch::max_cpus];
}  // namespace

void LockOrder::acquired(LockRank rank) {
  Held& mine = held[arch::this_cpu().raw()];
  if (mine.depth > mine.base && mine.ranks[mine.depth - 1] >= rank)
    panic("lock order: rank {} taken while rank {} is held", rank, mine.ranks[mine.depth - 1]);
  if (mine.depth == max_depth) panic("lock order: more than {} locks held", max_depth);
  mine.ranks[mine.depth++] = rank;
}

void LockOrder::released(LockRank rank) {
  Held& mine = held[arch::this_cpu().raw()];
  if (mine.depth == 0 || mine.ranks[mine.depth - 1] != rank) panic("lock order: rank {} released out of turn", rank);
  --mine.depth;
}

LockOrder::InterruptScope::InterruptScope() {
  Held& mine = held[arch::this_cpu().raw()];
  outer_ = mine.base;
  mine.base = mine.depth;
}
LockOrder::InterruptScope::~InterruptScope() { held[arch::this_cpu().raw()].base = outer_; }
#else
void LockOrder::acquired(LockRank) {}
void LockOrder::released(LockRank) {}
LockOrder::InterruptScope::InterruptScope() : outer_{0} {}
LockOrder::InterruptScope::~InterruptScope() { static_cast<void>(outer_); }
#endif

}  // namespace xenolith
