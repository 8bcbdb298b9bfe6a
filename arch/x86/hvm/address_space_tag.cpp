// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/address_space_tag.hpp"

#include <arch/cpu.hpp>

namespace xenolith::hvm {
namespace {

struct alignas(arch::cache_line_size) Allocator {
  u64 generation = 1;
  u32 next = 1;
  bool flush = true;  // before first use
};
constinit Allocator allocators[arch::max_cpus]{};

}  // namespace

bool AddressSpaceTag::is_of_this_cpu() const { return cpu_ == arch::this_cpu().raw(); }

TagState AddressSpaceTag::renew(u32 limit) {
  Allocator& mine = allocators[arch::this_cpu().raw()];
  bool flush = mine.flush;
  if (is_of_this_cpu() && generation_ == mine.generation && !flush) return TagState::kept;
  if (mine.next >= limit) {
    ++mine.generation;
    mine.next = 1;
    flush = true;
  }
  mine.flush = false;
  number_ = mine.next++;
  cpu_ = arch::this_cpu().raw();
  generation_ = mine.generation;
  return flush ? TagState::fresh_and_flush_all : TagState::fresh;
}

}  // namespace xenolith::hvm
