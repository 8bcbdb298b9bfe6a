// SPDX-License-Identifier: MIT
// Maptrack: the grants that one domain has mapped, by the handles it was given for them.
#pragma once

#include <atomic>

#include "core/base/lock.hpp"
#include "core/base/units.hpp"
#include "core/base/heap_array.hpp"
#include "core/memory/heap_pages.hpp"

namespace xenolith {

class Domain;

using GrantHandle = Unit<struct GrantHandleTag, u32>;

// One mapping. Whoever has claimed it (state `claimed`) may touch the fields, nobody else.
struct GrantMapping {
  enum class State : u8 { free, claimed, live };

  std::atomic<State> state{State::free};
  bool write = false;
  u32 link_or_ref = 0;        // free: next free handle plus one; else the grant reference
  Domain* granter = nullptr;  // counted reference
  Gfn gfn{};                  // where it is in the mapping domain
  Mfn mfn{};

  GrantRef ref() const { return GrantRef{link_or_ref}; }
};
static_assert(sizeof(GrantMapping) == 32);

class Maptrack {
 public:
  static constexpr u32 mappings_per_frame = 256;

  // Room for `frames` maptrack frames; none is allocated yet. Fails with ENOMEM.
  Result<void> initialise(u32 frames);
  ~Maptrack();

  // A handle whose mapping is claimed by the caller, who fills it and publishes it, or gives it back. Fails with ENOSPC
  // (limit reached) or ENOMEM.
  Result<GrantHandle> allocate();
  void publish(GrantHandle handle);
  void give_back(GrantHandle handle);

  // Claims a live mapping: nullptr if the guest's handle names none, or somebody else is working on it.
  GrantMapping* claim(GrantHandle handle);
  // Undoes claim().
  void unclaim(GrantMapping& mapping) { mapping.state.store(GrantMapping::State::live, std::memory_order_release); }
  // The mapping of a handle that allocate() gave.
  GrantMapping& at(GrantHandle handle) const;

  u32 end() const { return frames_.load(std::memory_order_acquire) * mappings_per_frame; }  // all handles are below
  u32 used() const { return used_.load(std::memory_order_relaxed); }

 private:
  struct FreeList {
    u32 first = 0;  // handle plus one; 0: empty
  };
  Result<void> grow(FreeList& list);

  HeapArray<std::atomic<GrantMapping*>> pages_;
  std::atomic<u32> frames_{0};
  std::atomic<u32> used_{0};
  Locked<FreeList, LockRank::grant_maptrack> free_;
};

}  // namespace xenolith
