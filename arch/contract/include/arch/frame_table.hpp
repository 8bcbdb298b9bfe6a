// SPDX-License-Identifier: MIT
// Architecture contract: where the frame table lies, and memory behind it.
#pragma once

#include <arch/direct.hpp>

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {
class Frame;
}

namespace xenolith::arch {

// Frames whose table entries share one page of the table, hence are backed together.
inline constexpr unsigned frames_per_table_page = 256;

// Puts zeroed memory behind the entries of the frames_per_table_page frames from `first` on. Fails with ENOMEM.
// Called by the frame allocator, which never asks twice for the same page.
Result<void> back_frame_table(Mfn first);
// The memory behind the table comes from blocks of 2 MiB that the frame allocator gives before it is used up: true when
// a block should be given. Both are called with LockRank::frame_allocator held.
bool table_memory_is_low();
void give_table_memory(Mfn first);  // 512 frames, aligned

// Zeroes `count` frames that are not mapped.
void scrub_frames(Mfn first, u64 count);

}  // namespace xenolith::arch
