// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

#include "core/base/cpu_set.hpp"

namespace xenolith {

// A set of CPUs that many CPUs read and change without a lock. Each member changes atomically; a snapshot of several
// words is not one moment's picture, so a reader that acts on it claims the member or rechecks under a lock.
class AtomicCpuSet {
 public:
  constexpr AtomicCpuSet() = default;

  // pairs with the acquire in snapshot() and take(): what was written before is seen by who finds the member
  void add(CpuId cpu) { word(cpu).fetch_or(mask(cpu), std::memory_order_release); }
  void remove(CpuId cpu) { word(cpu).fetch_and(~mask(cpu), std::memory_order_release); }
  void put(CpuId cpu, bool member) {
    // No write to a shared line that says so already; relaxed, as nothing is read because of it.
    if (((word(cpu).load(std::memory_order_relaxed) & mask(cpu)) != 0) == member) return;
    if (member) add(cpu);
    else remove(cpu);
  }
  // Removes `cpu`; true for the one caller that found it there. pairs with the release in add()
  bool take(CpuId cpu) {
    return (word(cpu).load(std::memory_order_relaxed) & mask(cpu)) != 0 &&
           (word(cpu).fetch_and(~mask(cpu), std::memory_order_acq_rel) & mask(cpu)) != 0;
  }
  // pairs with the release in add() and remove()
  bool contains(CpuId cpu) const {
    return (words_[cpu.raw() / CpuSet::bits_per_word].load(std::memory_order_acquire) & mask(cpu)) != 0;
  }
  CpuSet snapshot() const {
    CpuSet set;
    for (unsigned i = 0; i < CpuSet::words; ++i) set.set_word(i, words_[i].load(std::memory_order_acquire));
    return set;
  }

 private:
  static constexpr u64 mask(CpuId cpu) { return u64{1} << (cpu.raw() % CpuSet::bits_per_word); }
  std::atomic<u64>& word(CpuId cpu) { return words_[cpu.raw() / CpuSet::bits_per_word]; }

  std::atomic<u64> words_[CpuSet::words] = {};
};

}  // namespace xenolith
