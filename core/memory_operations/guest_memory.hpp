// SPDX-License-Identifier: MIT
// GuestMemory: what a domain's memory is beyond frames and the physical map: the map it was told, frames set aside, its claim.
#pragma once

#include <atomic>
#include <span>

#include "core/base/lock.hpp"
#include "core/base/own.hpp"
#include "core/base/units.hpp"

namespace xenolith {

// An entry of a memory map as XENMEM_memory_map hands it out: the format of the BIOS call INT 15h, AX=E820h.
struct [[gnu::packed]] MemoryMapEntry {
  u64 start, length;  // bytes
  u32 type;           // 1: RAM
};
static_assert(sizeof(MemoryMapEntry) == 20);

// A memory map; never changed once it is shown to others.
class MemoryMapTable : public RefCounted<MemoryMapTable> {
 public:
  static constexpr u32 most_entries = 128;

  std::span<MemoryMapEntry> entries() { return {entries_, count_}; }
  void set_count(u32 count) { count_ = count; }  // up to most_entries

 private:
  u32 count_ = 0;
  MemoryMapEntry entries_[most_entries];
};
static_assert(sizeof(MemoryMapTable) <= page_size);

class GuestMemory {
 public:
  ~GuestMemory() { drop_claim(); }

  // The map that the guest is told; null until a toolstack sets one.
  Ref<MemoryMapTable> map() const;
  void set_map(Ref<MemoryMapTable> map);

  // Where the shared info page was last put in the physical map; invalid_gfn: nowhere.
  std::atomic<Gfn> shared_info_gfn{invalid_gfn};

  // Frames of the hardware domain that are not in its physical map but kept for it: docs/memory.md, "The hardware
  // domain's memory".
  u64 set_aside() const { return set_aside_.load(std::memory_order_relaxed); }
  void count_set_aside(i64 change) { set_aside_.fetch_add(static_cast<u64>(change), std::memory_order_relaxed); }

  // ---- claims (XENMEM_claim_pages): frames that are kept free until this domain allocates them.
  // Stakes `frames`, or with 0 gives the claim up. Fails with EINVAL (there is a claim), ENOMEM (not that many free).
  Result<void> claim(u64 frames);
  u64 claimed() const { return claimed_.load(std::memory_order_relaxed); }
  // Frames that this domain may allocate without touching others' claims.
  u64 available() const;
  // Frames were allocated: the claim shrinks by them.
  void note_allocated(u64 frames);
  static u64 all_claims();

 private:
  void drop_claim();

  Locked<Ref<MemoryMapTable>, LockRank::guest_memory> map_;
  std::atomic<u64> set_aside_{0};
  std::atomic<u64> claimed_{0};
};

// The machine's memory map as XENMEM_machine_memory_map tells it to the control domain. Set once at boot.
class MachineMemory {
 public:
  // Fails with ENOMEM. Entries beyond MemoryMapTable::most_entries are cut off.
  static Result<void> set_map(std::span<const MemoryMapEntry> entries);
  static Ref<MemoryMapTable> map();
  // The highest frame that is RAM.
  static Mfn highest_ram_frame();
};

}  // namespace xenolith
