// SPDX-License-Identifier: MIT
#include "core/paging/page_table.hpp"

#include <arch/layout.hpp>
#include <arch/page_entry.hpp>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/bits.hpp"
#include "core/base/lock.hpp"

namespace xenolith::mm {
namespace {

using arch::PageEntry;

constexpr unsigned entries_per_table = 512;

constinit Mfn root_table{0};

struct Allocation {
  u64 next = layout::device_mappings;
};
constinit Locked<Allocation, LockRank::mapping, IrqSafety::interrupt> tables;

constexpr unsigned index_at(HostVirtual at, unsigned level) { return (at.raw() >> (12 + 9 * level)) % entries_per_table; }
constexpr u64 size_at(unsigned level) { return page_size << (9 * level); }

u64* table_of(PageEntry entry) { return static_cast<u64*>(TableMemory::address(entry.mfn())); }

// The entry for `at` at `level` (0: 4 KiB pages), tables above it made as needed.
Result<u64*> walk(HostVirtual at, unsigned level) {
  u64* table = static_cast<u64*>(TableMemory::address(root_table));
  for (unsigned above = 3; above > level; --above) {
    u64& entry = table[index_at(at, above)];
    if (!PageEntry{entry}.is_present())
      __atomic_store_n(&entry, PageEntry::table(TRY(TableMemory::take())).raw(), __ATOMIC_RELEASE);  // pairs with the CPU's walk
    if (PageEntry{entry}.is_large()) return Failure{XEN_EEXIST};
    table = table_of(PageEntry{entry});
  }
  return &table[index_at(at, level)];
}

unsigned level_for(HostVirtual at, MachineAddress machine, u64 size, bool large) {
  if (!large) return 0;
  for (unsigned level = PageEntry::highest_leaf_level(); level > 0; --level)
    if (is_aligned(at.raw() | machine.raw(), size_at(level)) && size >= size_at(level)) return level;
  return 0;
}

Result<void*> map_forever(MachineAddress machine, u64 size, Access access) {
  MachineAddress first = address_of(frame_of(machine));
  u64 bytes = align_up(offset_in_page(machine) + size, page_size);
  TableMemory::refill();
  return tables.with([&](Allocation& free) -> Result<void*> {
    if (free.next + bytes > layout::device_mappings + layout::device_mappings_size) return Failure{XEN_ENOMEM};
    HostVirtual at{std::exchange(free.next, free.next + bytes)};
    for (u64 done = 0; done < bytes; done += page_size) {
      u64* entry = TRY(walk(at + done, 0));
      *entry = PageEntry::leaf(frame_of(first + done), access, 0).raw();
    }
    arch::note_entry_filled();
    return reinterpret_cast<void*>(at.raw() + offset_in_page(machine));
  });
}

}  // namespace

Result<void> PageTable::create() {
  root_table = TRY(TableMemory::take());
  return {};
}

MachineAddress PageTable::root() { return address_of(root_table); }

Result<void> PageTable::map(HostVirtual at, MachineAddress machine, u64 size, Access access, bool large) {
  return tables.with([&](Allocation&) -> Result<void> {
    for (u64 done = 0; done < size;) {
      unsigned level = level_for(at + done, machine + done, size - done, large);
      u64* entry = TRY(walk(at + done, level));
      *entry = PageEntry::leaf(frame_of(machine + done), access, level).raw();
      done += size_at(level);
    }
    arch::note_entry_filled();
    return {};
  });
}

void PageTable::unmap(HostVirtual at, u64 size) {
  tables.with([&](Allocation&) {
    for (u64 done = 0; done < size;) {
      bool large = size - done >= size_at(1) && is_aligned((at + done).raw(), size_at(1));
      Result<u64*> entry = walk(at + done, large ? 1 : 0);
      if (entry) **entry = 0;
      done += size_at(large ? 1 : 0);
    }
  });
}

Result<u64*> PageTable::entry(HostVirtual at) {
  return tables.with([&](Allocation&) { return walk(at, 0); });
}

Result<void*> map_device(MachineAddress machine, u64 size) { return map_forever(machine, size, Access::device); }
Result<void*> map_read_only(MachineAddress machine, u64 size) { return map_forever(machine, size, Access::read_only); }

}  // namespace xenolith::mm
