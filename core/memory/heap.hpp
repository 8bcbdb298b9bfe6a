// SPDX-License-Identifier: MIT
// The heap's housekeeping; allocation is in core/base/own.hpp.
#pragma once

#include "core/base/types.hpp"

namespace xenolith {

// Gives a block of 2 MiB that the heap does not need back to the frame allocator; false when there is none. For idle CPUs,
// interrupts on: it makes all CPUs flush.
bool heap_trim_step();
// Zeroes a bounded number of free pages, so that whoever allocates them need not; false when all are zeroed. For idle CPUs.
bool heap_scrub_step();
u64 heap_free_frames();
// Bytes that are free in pages that small objects share: such a page is kept as long as one of its objects is.
u64 heap_free_object_bytes();

}  // namespace xenolith
