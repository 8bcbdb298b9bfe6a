// SPDX-License-Identifier: MIT
#include "core/memory_operations/guest_memory.hpp"

#include <arch/frame_table.hpp>

#include <algorithm>

#include "core/memory/frame_allocator.hpp"

namespace xenolith {
namespace {

struct ClaimTotal {
  u64 frames = 0;
};
constinit Locked<ClaimTotal, LockRank::guest_memory> claims;
constinit std::atomic<u64> claims_now{0};  // a copy for readers
constinit Locked<Ref<MemoryMapTable>, LockRank::guest_memory> machine_map;

}  // namespace

Ref<MemoryMapTable> GuestMemory::map() const {
  return map_.with([](const Ref<MemoryMapTable>& map) { return map; });
}

void GuestMemory::set_map(Ref<MemoryMapTable> map) {
  map_.with([&](Ref<MemoryMapTable>& mine) { std::swap(mine, map); });
}

Result<void> GuestMemory::claim(u64 frames) {
  if (frames == 0) {
    drop_claim();
    return {};
  }
  u64 free = FrameAllocator::free_frames();
  return claims.with([&](ClaimTotal& total) -> Result<void> {
    if (claimed() > 0) return Failure{XEN_EINVAL};
    if (free < total.frames || frames > free - total.frames) return Failure{XEN_ENOMEM};
    total.frames += frames;
    claimed_.store(frames, std::memory_order_relaxed);
    claims_now.store(total.frames, std::memory_order_relaxed);
    return {};
  });
}

u64 GuestMemory::available() const {
  u64 free = FrameAllocator::free_frames(), all = all_claims(), mine = claimed();
  u64 others = all > mine ? all - mine : 0;
  return free > others ? free - others : 0;
}

void GuestMemory::note_allocated(u64 frames) {
  if (claimed() == 0) return;
  claims.with([&](ClaimTotal& total) {
    u64 used = std::min(frames, claimed());
    claimed_.fetch_sub(used, std::memory_order_relaxed);
    total.frames -= used;
    claims_now.store(total.frames, std::memory_order_relaxed);
  });
}

void GuestMemory::drop_claim() { note_allocated(claimed()); }

u64 GuestMemory::all_claims() { return claims_now.load(std::memory_order_relaxed); }

Result<void> MachineMemory::set_map(std::span<const MemoryMapEntry> entries) {
  Own<MemoryMapTable> table = TRY(make<MemoryMapTable>());
  u32 count = static_cast<u32>(std::min<size_t>(entries.size(), MemoryMapTable::most_entries));
  table->set_count(count);
  std::copy_n(entries.begin(), count, table->entries().begin());
  Ref<MemoryMapTable> map = Ref<MemoryMapTable>::adopt(table.release());
  machine_map.with([&](Ref<MemoryMapTable>& current) { std::swap(current, map); });
  return {};
}

Ref<MemoryMapTable> MachineMemory::map() {
  return machine_map.with([](Ref<MemoryMapTable>& map) { return map; });
}

Mfn MachineMemory::highest_ram_frame() {
  constexpr u32 ram = 1;
  Mfn end{0};
  if (Ref<MemoryMapTable> table = map())
    for (const MemoryMapEntry& entry : table->entries())
      if (entry.type == ram) end = std::max(end, frame_of(MachineAddress{entry.start + entry.length}));
  if (end == Mfn{0}) end = arch::frame_table_limit();
  return end - 1;
}

}  // namespace xenolith
