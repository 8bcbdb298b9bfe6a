// SPDX-License-Identifier: MIT
// Architecture contract: maintenance of data caches by address, for devices that do not see them.
#pragma once

#include <cstddef>
#include <cstring>

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith::arch {

// Writes the lines that hold the range back to memory (CLFLUSH: Intel SDM volume 2A, "CLFLUSH - Flush Cache Line"; it also
// drops them, which is allowed). The line size is 64 bytes on every 64-bit processor.
inline void clean_cache(const std::byte* first, size_t size) {
  constexpr u64 line = 64;
  u64 end = reinterpret_cast<u64>(first) + size;
  for (u64 at = reinterpret_cast<u64>(first) & ~(line - 1); at < end; at += line)
    asm volatile("clflush (%0)" ::"r"(at) : "memory");
  asm volatile("mfence" ::: "memory");
}

// The same, and drops them.
inline void flush_cache(const std::byte* first, size_t size) { clean_cache(first, size); }
// Instruction caches see what is written.
inline void forget_instructions() {}

// Zeroes a page for another owner.
inline void clear_page(std::byte* page) { std::memset(page, 0, page_size); }

// Dropping lines unwritten: EOPNOTSUPP, x86 has no such instruction that would spare the neighbours.
inline Result<void> invalidate_cache(const std::byte*, size_t) { return Failure{XEN_EOPNOTSUPP}; }

}  // namespace xenolith::arch
