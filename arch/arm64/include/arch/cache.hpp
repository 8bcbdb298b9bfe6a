// SPDX-License-Identifier: MIT
// Architecture contract: maintenance of data caches by address, for devices that do not see them.
#pragma once

#include <cstddef>
#include <cstring>

#include "core/base/bits.hpp"
#include "core/base/result.hpp"
#include "core/base/units.hpp"

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

// The same, and drops them (DC CIVAC): what a guest with its caches off wrote is seen afterwards.
inline void flush_cache(const std::byte* first, size_t size) {
  u64 line = data_cache_line(), at = align_down(reinterpret_cast<u64>(first), line), end = reinterpret_cast<u64>(first) + size;
  for (; at + 4 * line <= end;)
    asm volatile("dc civac, %0; add %0, %0, %1; dc civac, %0; add %0, %0, %1; dc civac, %0; add %0, %0, %1; dc civac, %0; add %0, %0, %1"
                 : "+r"(at)
                 : "r"(line)
                 : "memory");
  for (; at < end; at += line) asm volatile("dc civac, %0" ::"r"(at) : "memory");
  asm volatile("dsb sy" ::: "memory");
}

// Instruction caches of all CPUs hold nothing that was in memory before.
inline void forget_instructions() { asm volatile("ic ialluis; dsb sy; isb" ::: "memory"); }

// Zeroes a page for another owner, in memory too: a guest that begins with its caches off would find there what the page's last owner
// had in it. Blocks by DC ZVA where they can be zeroed so (Arm ARM, "DCZID_EL0, Data Cache Zero ID register").
inline void clear_page(std::byte* page) {
  u64 type;
  asm("mrs %0, dczid_el0" : "=r"(type));
  constexpr u64 prohibited = 0x10, size_mask = 0xf, at_once = 4;
  u64 block = u64{4} << (type & size_mask), at = reinterpret_cast<u64>(page), end = at + page_size;
  if ((type & prohibited) || block * at_once > page_size) std::memset(page, 0, page_size);
  else
    while (at < end)
      asm volatile("dc zva, %0; add %0, %0, %1; dc zva, %0; add %0, %0, %1; dc zva, %0; add %0, %0, %1; dc zva, %0; add %0, %0, %1"
                   : "+r"(at)
                   : "r"(block)
                   : "memory");
  flush_cache(page, page_size);
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
