// SPDX-License-Identifier: MIT
// Maptrack: the grants that one domain has mapped, by the handles it was given for them.
#pragma once

#include <arch/cpu.hpp>

#include <array>
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
  // Exact while no vCPU of the domain makes a hypercall.
  u32 used() const;

 private:
  // Free handles, chained through their mappings. CPUs keep to their own lists, so that those who map and unmap for one domain
  // at the same time do not meet; only when the limit is reached does one take from another's.
  struct FreeList {
    u32 first = 0;  // handle plus one; 0: empty
  };
  struct alignas(arch::cache_line_size) Share {
    Locked<FreeList, LockRank::grant_maptrack> free;
    std::atomic<u32> used{0};  // handles taken from here minus those brought here, modulo 2^32
  };
  static constexpr u32 shares = 8;

  Share& own_share() { return shares_[arch::this_cpu().raw() % shares]; }
  Result<GrantHandle> take(Share& share);
  Result<void> grow(Share& share);

  HeapArray<std::atomic<GrantMapping*>> pages_;
  std::atomic<u32> frames_{0};
  struct Growth {};
  Locked<Growth, LockRank::grant_maptrack> growth_;  // one frame at a time
  std::array<Share, shares> shares_;
};

}  // namespace xenolith
