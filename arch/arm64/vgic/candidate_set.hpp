// SPDX-License-Identifier: MIT
// CandidateSet: which interrupts a vCPU must look at before it enters its guest.
#pragma once

#include <atomic>
#include <bit>

#include "core/base/bits.hpp"

namespace xenolith::vgic {

// One bit for each interrupt number, and one bit for each group of 64. Every CPU adds; the vCPU's own CPU removes. Whoever adds has
// made the interrupt relevant before; whoever removes looks at the interrupt once more afterwards. All of it is sequentially consistent,
// so nothing is lost.
class CandidateSet {
 public:
  static constexpr unsigned groups = 16, group_bits = 64;

  bool any() const { return groups_.load(std::memory_order_seq_cst) != 0; }
  void add(u32 intid) {
    words_[group(intid)].fetch_or(mask(intid), std::memory_order_seq_cst);
    groups_.fetch_or(1u << group(intid), std::memory_order_seq_cst);
  }
  void remove(u32 intid) { words_[group(intid)].fetch_and(~mask(intid), std::memory_order_seq_cst); }
  bool contains(u32 intid) const { return (words_[group(intid)].load(std::memory_order_acquire) & mask(intid)) != 0; }

  // Calls function(intid) for the members there are now. The function may remove the member that it is called for.
  template <class Function>
  void for_each(Function&& function) const {
    for (u32 left = groups_.load(std::memory_order_seq_cst); left != 0; left &= left - 1)
      for_each_in(static_cast<unsigned>(std::countr_zero(left)), function);
  }
  // Forgets groups that have become empty.
  void settle() {
    for (u32 left = groups_.load(std::memory_order_seq_cst); left != 0; left &= left - 1)
      settle(static_cast<unsigned>(std::countr_zero(left)));
  }

 private:
  static unsigned group(u32 intid) { return static_cast<unsigned>(clamp_index_speculative(intid / group_bits, groups)); }
  static constexpr u64 mask(u32 intid) { return u64{1} << intid % group_bits; }
  template <class Function>
  void for_each_in(unsigned index, Function& function) const {
    for (u64 word = words_[index].load(std::memory_order_seq_cst); word != 0; word &= word - 1)
      function(index * group_bits + static_cast<u32>(std::countr_zero(word)));
  }
  void settle(unsigned index) {
    if (words_[index].load(std::memory_order_seq_cst) != 0) return;
    groups_.fetch_and(~(1u << index), std::memory_order_seq_cst);
    if (words_[index].load(std::memory_order_seq_cst) != 0) groups_.fetch_or(1u << index, std::memory_order_seq_cst);
  }

  std::atomic<u32> groups_{0};
  std::atomic<u64> words_[groups] = {};
};

}  // namespace xenolith::vgic
