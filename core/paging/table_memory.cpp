// SPDX-License-Identifier: MIT
#include <arch/layout.hpp>

#include <cstring>

#include "core/paging/page_table.hpp"
#include "core/base/lock.hpp"
#include "core/base/log.hpp"
#include "core/memory/frame_allocator.hpp"

namespace xenolith::mm {
namespace {

constexpr u64 low_mark = 24;  // enough for the frame table page, its tables and the mapping of a new block
constexpr u64 refill_mark = 64;

// The block that pages are taken from, and spare ones, each of which begins with the number of the next. Any CPU may give a block at any
// time: two that do so at once, for the same lack, leave one more in store.
struct Pool {
  Mfn next{0}, end{0};
  Mfn spare{0};  // valid while spares > 0
  u64 spares = 0;
  u64 used = 0;
};
constinit Pool pool;
constinit u64 offset_to_virtual = 0;
constinit SpinLock pool_lock;

class PoolGuard {
 public:
  PoolGuard() { pool_lock.acquire(); }
  ~PoolGuard() { pool_lock.release(); }

 private:
  InterruptsOff interrupts_;
};

u64 left() { return (pool.end - pool.next) + pool.spares * TableMemory::block_frames; }

// Where a spare block has the number of the next one.
Mfn& link_in(Mfn block) { return *reinterpret_cast<Mfn*>(layout::heap + address_of(block).raw()); }

// Under the pool's lock.
void begin_spare_block() {
  if (pool.spares == 0) return;
  pool.next = pool.spare;
  pool.end = pool.spare + TableMemory::block_frames;
  pool.spare = link_in(pool.next);
  --pool.spares;
}

}  // namespace

void TableMemory::initialise(Mfn first, u64 frames, u64 offset) {
  pool = {.next = first, .end = first + frames};
  offset_to_virtual = offset;
}

void TableMemory::use_heap_range() { offset_to_virtual = layout::heap; }

bool TableMemory::is_low() { return left() < low_mark; }

void TableMemory::give(Mfn first) {
  auto mapped = PageTable::map(HostVirtual{layout::heap} + address_of(first).raw(), address_of(first),
                               block_frames * page_size, Access::read_write);
  if (mapped.failed()) panic("no page table for the mapping of page table memory");
  PoolGuard guard;
  link_in(first) = pool.spare;
  pool.spare = first;
  ++pool.spares;
}

void TableMemory::refill() {
  if (left() >= refill_mark) return;
  if (auto block = FrameAllocator::allocate_for_tables()) give(*block);
}

Result<Mfn> TableMemory::take() {
  Mfn taken;
  {
    PoolGuard guard;
    if (pool.next == pool.end) begin_spare_block();
    if (pool.next == pool.end) return Failure{XEN_ENOMEM};
    taken = pool.next;
    ++pool.next;
    ++pool.used;
  }
  std::memset(address(taken), 0, page_size);
  return taken;
}

void* TableMemory::address(Mfn mfn) { return reinterpret_cast<void*>(offset_to_virtual + address_of(mfn).raw()); }

u64 TableMemory::used_pages() { return pool.used; }

}  // namespace xenolith::mm
