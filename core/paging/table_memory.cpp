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

// Blocks form a list of one: a new block replaces the old one when that is nearly used up. Its own lock is not needed: all
// callers hold PageTable's lock or run at boot, except is_low(), a hint, and give(), which takes the frames first.
struct Pool {
  Mfn next{0}, end{0};
  Mfn spare_next{0}, spare_end{0};
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

u64 left() { return (pool.end - pool.next) + (pool.spare_end - pool.spare_next); }

}  // namespace

void TableMemory::initialise(Mfn first, u64 frames, u64 offset) {
  pool = {first, first + frames, Mfn{0}, Mfn{0}, 0};
  offset_to_virtual = offset;
}

void TableMemory::use_heap_range() { offset_to_virtual = layout::heap; }

bool TableMemory::is_low() { return left() < low_mark; }

void TableMemory::give(Mfn first) {
  auto mapped = PageTable::map(HostVirtual{layout::heap} + address_of(first).raw(), address_of(first),
                               block_frames * page_size, Access::read_write);
  if (mapped.failed()) panic("no page table for the mapping of page table memory");
  PoolGuard guard;
  if (pool.spare_next < pool.spare_end) panic("page table memory given that is not needed");
  pool.spare_next = first;
  pool.spare_end = first + block_frames;
}

void TableMemory::refill() {
  if (left() >= refill_mark) return;
  if (auto block = FrameAllocator::allocate(9, Contents::any); block && left() < refill_mark) give(*block);
}

Result<Mfn> TableMemory::take() {
  Mfn taken;
  {
    PoolGuard guard;
    if (pool.next == pool.end) {
      pool.next = pool.spare_next;
      pool.end = pool.spare_end;
      pool.spare_next = pool.spare_end;
    }
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
