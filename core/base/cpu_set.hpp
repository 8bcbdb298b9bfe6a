// SPDX-License-Identifier: MIT
// A set of physical CPUs, one bit each. Plain value; AtomicCpuSet is the shared form.
#pragma once

#include <bit>
#include <optional>

#include <arch/cpu.hpp>

#include "core/base/types.hpp"
#include "core/base/units.hpp"

namespace xenolith {

// CPU numbers from 0 to arch::max_cpus - 1. Numbers beyond are never members: adding one changes nothing.
class CpuSet {
 public:
  static constexpr unsigned bits_per_word = 64;
  static constexpr unsigned words = (arch::max_cpus + bits_per_word - 1) / bits_per_word;

  constexpr CpuSet() = default;
  static constexpr CpuSet of(CpuId cpu) {
    CpuSet set;
    set.add(cpu);
    return set;
  }
  // The CPUs 0 to count - 1; a count over arch::max_cpus is cut to it.
  static constexpr CpuSet first_n(unsigned count) {
    CpuSet set;
    for (unsigned i = 0; i < words && i * bits_per_word < count; ++i) {
      unsigned here = count - i * bits_per_word;
      set.word_[i] = here >= bits_per_word ? ~u64{0} : (u64{1} << here) - 1;
    }
    set.trim();
    return set;
  }
  static constexpr CpuSet all() { return first_n(arch::max_cpus); }

  constexpr void add(CpuId cpu) {
    if (in_range(cpu)) word_[index(cpu)] |= mask(cpu);
  }
  constexpr void remove(CpuId cpu) {
    if (in_range(cpu)) word_[index(cpu)] &= ~mask(cpu);
  }
  constexpr bool contains(CpuId cpu) const { return in_range(cpu) && (word_[index(cpu)] & mask(cpu)) != 0; }
  constexpr bool empty() const {
    for (u64 word : word_)
      if (word) return false;
    return true;
  }
  constexpr unsigned count() const {
    unsigned sum = 0;
    for (u64 word : word_) sum += ones(word);
    return sum;
  }

  // The lowest member; nothing when the set is empty.
  constexpr std::optional<CpuId> first() const { return from(0); }
  // The lowest member above `cpu`; nothing when there is none.
  constexpr std::optional<CpuId> next_after(CpuId cpu) const {
    return cpu.raw() >= arch::max_cpus ? std::nullopt : from(cpu.raw() + 1);
  }
  // The lowest member above `cpu`, else the lowest member at all (which may be `cpu`).
  constexpr std::optional<CpuId> next_wrapping(CpuId cpu) const {
    auto next = next_after(cpu);
    return next ? next : first();
  }

  constexpr CpuSet operator&(const CpuSet& other) const {
    return combine(other, [](u64 a, u64 b) { return a & b; });
  }
  constexpr CpuSet operator|(const CpuSet& other) const {
    return combine(other, [](u64 a, u64 b) { return a | b; });
  }
  // The members that are not in `other`.
  constexpr CpuSet without(const CpuSet& other) const {
    return combine(other, [](u64 a, u64 b) { return a & ~b; });
  }
  constexpr CpuSet& operator|=(const CpuSet& other) { return *this = *this | other; }
  constexpr CpuSet& operator&=(const CpuSet& other) { return *this = *this & other; }
  constexpr bool intersects(const CpuSet& other) const { return !(*this & other).empty(); }
  constexpr bool is_subset_of(const CpuSet& other) const { return without(other).empty(); }
  constexpr bool operator==(const CpuSet&) const = default;

  // Members 64 * i to 64 * i + 63 as a word, for conversion from and to the interface's byte maps (bit n of byte n / 8).
  constexpr u64 word(unsigned i) const { return i < words ? word_[i] : 0; }
  constexpr void set_word(unsigned i, u64 value) {
    if (i < words) word_[i] = value;
    trim();
  }

  class Iterator {
   public:
    constexpr Iterator(const CpuSet& set, std::optional<CpuId> at) : set_{&set}, at_{at} {}
    constexpr CpuId operator*() const { return *at_; }
    constexpr Iterator& operator++() {
      at_ = set_->next_after(*at_);
      return *this;
    }
    constexpr bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const CpuSet* set_;
    std::optional<CpuId> at_;
  };
  // Members in ascending order. The set must not change meanwhile.
  constexpr Iterator begin() const { return {*this, first()}; }
  constexpr Iterator end() const { return {*this, std::nullopt}; }

 private:
  static constexpr bool in_range(CpuId cpu) { return cpu.raw() < arch::max_cpus; }
  static constexpr unsigned index(CpuId cpu) { return cpu.raw() / bits_per_word; }
  static constexpr u64 mask(CpuId cpu) { return u64{1} << (cpu.raw() % bits_per_word); }

  // Not std::popcount: without a popcnt instruction to count on, compilers call a library function that is not there.
  static constexpr unsigned ones(u64 word) {
    word -= (word >> 1) & 0x5555'5555'5555'5555;
    word = (word & 0x3333'3333'3333'3333) + ((word >> 2) & 0x3333'3333'3333'3333);
    word = (word + (word >> 4)) & 0x0f0f'0f0f'0f0f'0f0f;
    return static_cast<unsigned>((word * 0x0101'0101'0101'0101) >> 56);
  }
  constexpr std::optional<CpuId> from(unsigned start) const {
    for (unsigned i = start / bits_per_word; i < words; ++i) {
      u64 word = word_[i];
      if (i == start / bits_per_word) word &= ~u64{0} << (start % bits_per_word);
      if (word) return CpuId{i * bits_per_word + static_cast<unsigned>(std::countr_zero(word))};
    }
    return std::nullopt;
  }
  template <class Operation>
  constexpr CpuSet combine(const CpuSet& other, Operation operation) const {
    CpuSet result;
    for (unsigned i = 0; i < words; ++i) result.word_[i] = operation(word_[i], other.word_[i]);
    return result;
  }
  constexpr void trim() {
    if constexpr (arch::max_cpus % bits_per_word != 0)
      word_[words - 1] &= (u64{1} << (arch::max_cpus % bits_per_word)) - 1;
  }

  u64 word_[words] = {};
};

static_assert(CpuSet::all().count() == arch::max_cpus);

}  // namespace xenolith
