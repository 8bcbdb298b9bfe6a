// SPDX-License-Identifier: MIT
#include <arch/cache.hpp>
#include <arch/cpu.hpp>
#include <arch/frame_table.hpp>
#include <arch/heap.hpp>
#include <arch/layout.hpp>
#include <arch/mapping.hpp>
#include <arch/page_entry.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "core/paging/page_table.hpp"
#include "core/paging/remote_flush.hpp"
#include "core/paging/windows.hpp"
#include "core/base/lock.hpp"
#include "core/base/log.hpp"
#include "core/memory/frame.hpp"

namespace xenolith {
namespace mm {

constinit Windows windows[arch::max_cpus];
constinit Mfn end_of_frames{0};
void too_many_windows() { panic("frame mappings nested more than {} deep", layout::windows_nested); }

namespace {

// Slots for GlobalMapping: a bitmap in groups of 64, grown upwards; freed slots are used again only after all CPUs
// have flushed (they are on `stale` until then).
constexpr u64 slot_groups = 4096;  // 256 Ki mappings
struct Slots {
  std::array<u64, slot_groups> used{};
  std::array<u64, slot_groups> stale{};     // unmapped, perhaps still cached by some CPU
  std::array<u64, slot_groups> flushing{};  // were stale when the flush that is under way began
  u64 first_free_group = 0;
};
constinit Locked<Slots, LockRank::mapping, IrqSafety::interrupt> slots;

constexpr HostVirtual slot_address(u64 slot) { return HostVirtual{layout::global_mappings + slot * page_size}; }

Result<u64> take_slot() {
  return slots.with([](Slots& s) -> Result<u64> {
    for (u64 group = s.first_free_group; group < slot_groups; ++group) {
      u64 taken = s.used[group] | s.stale[group] | s.flushing[group];
      if (taken == ~u64{0}) continue;
      unsigned index = static_cast<unsigned>(std::countr_one(taken));
      s.used[group] |= u64{1} << index;
      s.first_free_group = group;
      return group * 64 + index;
    }
    return Failure{XEN_ENOMEM};
  });
}

void put_slot(u64 slot) {
  slots.with([&](Slots& s) {
    s.used[slot / 64] &= ~(u64{1} << slot % 64);
    s.stale[slot / 64] |= u64{1} << slot % 64;
  });
}

// Every CPU forgets the stale slots; then they are free.
void reclaim_slots() {
  bool mine = slots.with([](Slots& s) {
    for (u64 word : s.flushing)
      if (word) return false;  // another CPU is at it; its slots come free in a moment
    std::swap(s.flushing, s.stale);
    return true;
  });
  flush_all_cpus();
  if (mine)
    slots.with([](Slots& s) {
      s.flushing.fill(0);
      s.first_free_group = 0;
    });
}

}  // namespace

void set_frame_limit(Mfn end) { end_of_frames = std::min(end, Mfn{(layout::heap_end - layout::heap) >> page_shift}); }
Mfn frame_limit() { return end_of_frames; }

Result<void> prepare_windows(CpuId cpu) {
  HostVirtual first{layout::windows + u64{cpu.raw()} * layout::windows_per_cpu * page_size};
  windows[cpu.raw()].entries = TRY(PageTable::entry(first));  // 16 entries of one table: 16 divides 512
  return {};
}

}  // namespace mm

namespace arch {

Result<GlobalMapping> GlobalMapping::create(Mfn mfn) {
  mm::TableMemory::refill();
  Result<u64> slot = mm::take_slot();
  if (!slot) {
    mm::reclaim_slots();
    slot = mm::take_slot();
    if (!slot) return Failure{XEN_ENOMEM};
  }
  Result<u64*> entry = mm::PageTable::entry(mm::slot_address(*slot));
  if (!entry) {
    mm::put_slot(*slot);
    return Failure{XEN_ENOMEM};
  }
  __atomic_store_n(*entry, PageEntry::leaf(mfn, mm::Access::read_write, 0).raw(), __ATOMIC_RELEASE);
  note_entry_filled();
  GlobalMapping mapping;
  mapping.bytes_ = reinterpret_cast<std::byte*>(mm::slot_address(*slot).raw());
  return mapping;
}

void GlobalMapping::unmap() {
  HostVirtual at{reinterpret_cast<u64>(bytes_)};
  if (auto entry = mm::PageTable::entry(at)) __atomic_store_n(*entry, u64{0}, __ATOMIC_RELEASE);
  forget_page(at);
  mm::put_slot((at.raw() - layout::global_mappings) / page_size);
}

bool table_memory_is_low() { return mm::TableMemory::is_low(); }
void give_table_memory(Mfn first) { mm::TableMemory::give(first); }

Result<void> back_frame_table(Mfn first) {
  HostVirtual at{layout::frame_table + first.raw() * sizeof(Frame)};
  Mfn page = TRY(mm::TableMemory::take());
  u64* entry = TRY(mm::PageTable::entry(at));
  *entry = PageEntry::leaf(page, mm::Access::read_write, 0).raw();
  note_entry_filled();
  return {};
}

void scrub_frames(Mfn first, u64 count) {
  for (Mfn mfn = first; mfn < first + count; ++mfn) {
    FrameMapping page{mfn};
    arch::clear_page(page.bytes());
  }
}

Result<void> map_heap(Mfn first, unsigned order) {
  mm::TableMemory::refill();
  HostVirtual at{reinterpret_cast<u64>(heap_address(first))};
  return mm::PageTable::map(at, address_of(first), page_size << order, mm::Access::read_write);
}

void unmap_heap(Mfn first, unsigned order) {
  mm::PageTable::unmap(HostVirtual{reinterpret_cast<u64>(heap_address(first))}, page_size << order);
  mm::flush_all_cpus();
}

}  // namespace arch
}  // namespace xenolith
