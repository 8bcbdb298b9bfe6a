// SPDX-License-Identifier: MIT
#include "arch/x86/svm/asid.hpp"

#include <arch/cpu.hpp>

#include "arch/x86/svm/svm.hpp"

namespace xenolith::svm {
namespace {

struct alignas(arch::cache_line_size) Allocator {
  u64 generation = 1;
  u32 next = 1;
  bool flush = true;  // before first use
};
constinit Allocator allocators[arch::max_cpus]{};

}  // namespace

AsidGrant current_asid(u64 generation, u32 asid) {
  Allocator& mine = allocators[arch::this_cpu().raw()];
  bool flush = mine.flush;
  if (generation == mine.generation && !flush) return {asid, generation, false};
  if (mine.next >= features().asids) {
    ++mine.generation;
    mine.next = 1;
    flush = true;
  }
  mine.flush = false;
  return {mine.next++, mine.generation, flush};
}

void renew_asids() {
  Allocator& mine = allocators[arch::this_cpu().raw()];
  ++mine.generation;
  mine.next = 1;
  mine.flush = true;
}

}  // namespace xenolith::svm
