// SPDX-License-Identifier: MIT
#include "core/base/lock.hpp"

#include "core/base/log.hpp"

namespace xenolith {

#ifdef XENOLITH_DEBUG
namespace {
constexpr unsigned max_depth = 16;
struct alignas(arch::cache_line_size) Held {
  LockRank ranks[max_depth] = {};
  unsigned depth = 0;
};
constinit Held held[arch::max_cpus];
}  // namespace

void LockOrder::acquired(LockRank rank) {
  Held& mine = held[arch::this_cpu().raw()];
  if (mine.depth > 0 && mine.ranks[mine.depth - 1] >= rank)
    panic("lock order: rank {} taken while rank {} is held", rank, mine.ranks[mine.depth - 1]);
  if (mine.depth == max_depth) panic("lock order: more than {} locks held", max_depth);
  mine.ranks[mine.depth++] = rank;
}

void LockOrder::released(LockRank rank) {
  Held& mine = held[arch::this_cpu().raw()];
  if (mine.depth == 0 || mine.ranks[mine.depth - 1] != rank) panic("lock order: rank {} released out of turn", rank);
  --mine.depth;
}
#else
void LockOrder::acquired(LockRank) {}
void LockOrder::released(LockRank) {}
#endif

}  // namespace xenolith
