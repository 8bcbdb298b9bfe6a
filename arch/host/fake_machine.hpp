// SPDX-License-Identifier: MIT
// The fake machine's memory: an arena whose pages are machine frames, one half for the heap, one half for domains.
#pragma once

#include <atomic>

#include "core/base/units.hpp"

namespace xenolith::fake {

inline constexpr u64 arena_frames = 16384;             // 64 MiB
inline constexpr Mfn arena_first{0x1000};
inline constexpr Mfn domain_first = arena_first + arena_frames / 2;

std::byte* arena_address(Mfn mfn);
Mfn arena_frame(const void* address);  // invalid_mfn outside the arena
bool in_arena(Mfn mfn);

void* allocate_heap_pages(u64 pages, u64 alignment_pages);
void free_heap_pages(void* memory, u64 pages);

// Frames that arch::scrub_frames() has zeroed.
inline std::atomic<u64> scrubbed_frames{0};

}  // namespace xenolith::fake
