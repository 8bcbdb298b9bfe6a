// SPDX-License-Identifier: MIT
// The hypervisor's own page tables, one set for all CPUs.
#pragma once

#include "core/base/result.hpp"
#include "core/base/units.hpp"
#include "core/paging/access.hpp"

namespace xenolith::mm {

// Memory for page tables and for the frame table, which must not come from the allocators that these serve. Made of
// blocks of 2 MiB, each mapped in the heap's address range; pages are taken one by one and never given back.
class TableMemory {
 public:
  static constexpr u64 block_frames = 512;

  // Boot time: the first block; it is reached through `offset` (virtual minus machine address) until use_heap_range().
  static void initialise(Mfn first, u64 frames, u64 offset);
  static void use_heap_range();
  // True when few pages are left, and the caller should give() a block before taking more.
  static bool is_low();
  static void give(Mfn first);
  // Gives a block from the frame allocator if the memory is low. Callers hold no lock above LockRank::frame_allocator.
  static void refill();
  // A zeroed page. Fails with ENOMEM.
  static Result<Mfn> take();
  static void* address(Mfn mfn);
  static u64 used_pages();
};

class PageTable {
 public:
  // Builds an empty top level with tables for the window entries. Boot time.
  static Result<void> create();
  static MachineAddress root();
  // Maps [machine, +size) at `at`; both and the size multiples of the page size; uses the largest pages that fit if
  // `large`. Nothing may be mapped there. Fails with ENOMEM, with a part mapped.
  static Result<void> map(HostVirtual at, MachineAddress machine, u64 size, Access access, bool large = true);
  // Takes pages of 4 KiB or a whole page of 2 MiB away. The caller flushes TLBs.
  static void unmap(HostVirtual at, u64 size);
  // The level-1 entry of an address, whose table exists or is made. Fails with ENOMEM.
  static Result<u64*> entry(HostVirtual at);
};

// Registers of devices and firmware tables, mapped for ever. Fails with ENOMEM.
Result<void*> map_device(MachineAddress machine, u64 size);
Result<void*> map_read_only(MachineAddress machine, u64 size);

}  // namespace xenolith::mm
