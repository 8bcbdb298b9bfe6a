// SPDX-License-Identifier: MIT
// LpiSet: the locality-specific interrupts (LPIs) that wait for a vCPU. They are edges, are never active, and whether they are enabled the
// machine's ITS has looked at already. Source: Arm IHI 0069, "LPIs".
#pragma once

#include <atomic>
#include <bit>
#include <optional>

#include "core/base/bits.hpp"

namespace xenolith::vgic {

class LpiSet {
 public:
  static constexpr u32 first = 8192, count = 8192;  // numbers of 14 bits
  static constexpr unsigned number_bits = 14;
  static constexpr u8 priority = 0xa0;  // of them all, whatever the domain's table of them says; Linux gives it to all interrupts

  // Any CPU, any context. False: it waits already. Numbers that are not there are ignored.
  bool add(u32 intid) {
    if (intid < first || intid - first >= count) return false;
    u32 index = static_cast<u32>(clamp_index_speculative(intid - first, count));
    if (words_[index / 64].fetch_or(u64{1} << index % 64, std::memory_order_seq_cst) & u64{1} << index % 64) return false;
    groups_[index / group].fetch_or(u64{1} << index / 64 % 64, std::memory_order_seq_cst);
    return true;
  }
  bool any() const {
    for (const auto& word : groups_)
      if (word.load(std::memory_order_seq_cst) != 0) return true;
    return false;
  }
  // The vCPU's own CPU: takes the lowest number out.
  std::optional<u32> take() {
    for (u32 i = 0; i < count / group; ++i)
      for (u64 left = groups_[i].load(std::memory_order_seq_cst); left != 0; left &= left - 1)
        if (std::optional<u32> found = take_from(i, static_cast<u32>(std::countr_zero(left)))) return found;
    return std::nullopt;
  }
  void clear() {
    while (take()) {
    }
  }

 private:
  static constexpr u32 group = 64 * 64;

  std::optional<u32> take_from(u32 index, u32 bit) {
    auto& word = words_[index * 64 + bit];
    u64 there = word.load(std::memory_order_seq_cst);
    if (there == 0) {
      forget_group(index, bit);
      return std::nullopt;
    }
    u32 lowest = static_cast<u32>(std::countr_zero(there));
    if (word.fetch_and(~(u64{1} << lowest), std::memory_order_seq_cst) == u64{1} << lowest) forget_group(index, bit);
    return first + (index * 64 + bit) * 64 + lowest;
  }
  // Who adds sets the word first: the second look does not miss it.
  void forget_group(u32 index, u32 bit) {
    groups_[index].fetch_and(~(u64{1} << bit), std::memory_order_seq_cst);
    if (words_[index * 64 + bit].load(std::memory_order_seq_cst) != 0) groups_[index].fetch_or(u64{1} << bit, std::memory_order_seq_cst);
  }

  std::atomic<u64> groups_[count / group] = {};
  std::atomic<u64> words_[count / 64] = {};
};

}  // namespace xenolith::vgic
