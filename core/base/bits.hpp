// SPDX-License-Identifier: MIT
// Bit fields of registers and shared structures by (msb, lsb) over one integer.
#pragma once

#include <bit>
#include <concepts>

#include "core/base/types.hpp"

namespace xenolith {

// Field msb..lsb (inclusive) of an unsigned integer.
template <unsigned msb, unsigned lsb = msb>
struct Bits {
  static_assert(msb >= lsb && msb < 64);
  static constexpr u64 mask = ((msb - lsb == 63) ? ~u64{0} : (u64{1} << (msb - lsb + 1)) - 1) << lsb;

  static constexpr u64 get(u64 word) { return (word & mask) >> lsb; }
  template <std::unsigned_integral Word>
  static constexpr Word set(Word word, u64 value) {
    return static_cast<Word>((word & ~mask) | ((value << lsb) & mask));
  }
};

constexpr u64 bit(unsigned index) { return u64{1} << index; }

template <std::unsigned_integral T>
constexpr T align_down(T value, T alignment) { return value & ~(alignment - 1); }
template <std::unsigned_integral T>
constexpr T align_up(T value, T alignment) { return (value + alignment - 1) & ~(alignment - 1); }
template <std::unsigned_integral T>
constexpr bool is_aligned(T value, T alignment) { return (value & (alignment - 1)) == 0; }

// An index below `size`, also for speculative execution: out-of-range becomes 0 without a branch.
// Callers check the range first and report the error; this only bounds what is speculated.
constexpr u64 clamp_index_speculative(u64 index, u64 size) {
  u64 mask = static_cast<u64>(static_cast<i64>(index - size) >> 63);
  return index & mask;
}

}  // namespace xenolith
