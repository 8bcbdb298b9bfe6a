// SPDX-License-Identifier: MIT
// Architecture contract: maintenance of data caches by address, for devices that do not see them.
#pragma once

#include <cstddef>

#include "core/base/bits.hpp"
#include "core/base/result.hpp"
#include "core/base/types.hpp"

namespace xenolith::arch {

// Size of the smallest data cache line (CTR_EL0.DminLine, in words of 4 bytes).
inline u64 data_cache_line() {
  u64 type;
  asm("mrs %0, ctr_el0" : "=r"(type));
  return u64{4} << Bits<19, 16>::get(type);
}

// Writes the lines that hold the range back to memory (DC CVAC).
inline void clean_cache(const std::byte* first, size_t size) {
  u64 line = data_cache_line(), end = reinterpret_cast<u64>(first) + size;
  for (u64 at = align_down(reinterpret_cast<u64>(first), line); at < end; at += line)
    asm volatile("dc cvac, %0" ::"r"(at) : "memory");
  asm volatile("dsb sy" ::: "memory");
}

// Drops the lines of the range; the neighbours in the first and the last line are written back (DC CIVAC there).
inline Result<void> invalidate_cache(const std::byte* first, size_t size) {
  u64 line = data_cache_line(), start = reinterpret_cast<u64>(first), end = start + size;
  for (u64 at = align_down(start, line); at < end; at += line) {
    bool is_whole = at >= start && at + line <= end;
    if (is_whole) asm volatile("dc ivac, %0" ::"r"(at) : "memory");
    else asm volatile("dc civac, %0" ::"r"(at) : "memory");
  }
  asm volatile("dsb sy" ::: "memory");
  return {};
}

}  // namespace xenolith::arch
