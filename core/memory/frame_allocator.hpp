// SPDX-License-Identifier: MIT
// The allocator of machine frames. Memory that was never used stays in extents, without frame table entries, until
// it is needed; freed memory goes through buddy lists, dirty until scrubbed (in idle time or at allocation).
#pragma once

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {

enum class Contents : u8 {
  scrubbed,  // zeros
  any,       // whatever was there: for callers that overwrite all of it
};

class FrameAllocator {
 public:
  // Boot time: gives RAM to the allocator. Any alignment; parts beyond the frame table's limit are not used.
  static void add(Mfn first, Mfn end);
  // Boot time: takes exactly these frames out of never-used memory and backs their entries (the hardware domain's
  // identity-mapped memory). Fails with ENOENT if not all are there and fresh, ENOMEM.
  static Result<void> claim(Mfn first, Mfn end);
  // Boot time: the lowest never-used range at or above `from`, cut at `limit`; empty at the end.
  struct Range {
    Mfn first, end;
  };
  static Range fresh_range(Mfn from, Mfn limit);

  // 2^order frames (order up to 18), naturally aligned, all of them below 2^address_bits bytes. Fails with ENOMEM.
  static Result<Mfn> allocate(unsigned order, Contents contents, unsigned address_bits = 64);
  // 512 frames, aligned, for page tables, which keep them for good. Fails with ENOMEM.
  static Result<Mfn> allocate_for_tables();
  // Gives frames back; their former contents are scrubbed before anybody else sees them.
  static void free(Mfn first, unsigned order);

  // From now on idle CPUs keep so much memory scrubbed in advance: a sixteenth of it all, between 64 MiB and 1 GiB. Called when
  // the hardware domain has its memory, which must be claimed out of what was never used.
  static void start_scrubbing_ahead();
  // Scrubs a bounded number of dirty frames, or opens never-used memory to be scrubbed; false when nothing is left to do. For
  // idle CPUs.
  static bool scrub_step();

  static u64 free_frames();
  static u64 dirty_frames();
  static u64 total_frames();   // all that add() was given
  static u64 table_frames();   // those given to arch::give_table_memory() or taken by allocate_for_tables(), for good
};

}  // namespace xenolith
