// SPDX-License-Identifier: MIT
// GrantTable: what one domain grants to others (the granter's side), and its maptrack (what it maps of others).
// docs/grant-tables.md has the invariants and the order of locks.
#pragma once

#include <atomic>

#include "core/base/lock.hpp"
#include "core/base/own.hpp"
#include "core/grants/active_entry.hpp"
#include "core/grants/grant_limits.hpp"
#include "core/base/heap_array.hpp"
#include "core/grants/maptrack.hpp"
#include "core/memory/heap_pages.hpp"

namespace xenolith {

class Domain;

// What a use of a grant got: a frame, or for a transitive grant the grant to use instead.
struct GrantPin {
  Mfn mfn = invalid_mfn;
  GrantBody body;
  bool is_transitive() const { return mfn == invalid_mfn; }
};

class GrantTable {
 public:
  // A table of version 1 with one frame. Fails with ENOMEM, EINVAL (limits; see GrantLimits::of).
  static Result<Own<GrantTable>> create(Domain& domain);
  ~GrantTable();

  // ---- uses of this domain's grants, by anybody. Any CPU; no lock is held by the caller.
  // Starts a use: the frame stays and is not the granter's to reuse until unpin() with the same `write`.
  GrantResult<GrantPin> pin(GrantRef ref, const GrantUse& use);
  void unpin(GrantRef ref, bool write);

  // ---- frames, by index. `shared_frame` and `status_frame` grow the table up to its limit: EINVAL beyond it (status:
  // also when the version is not 2), ENOMEM. The frame is a SharedPage that lives as long as the domain; who maps it
  // takes a reference of his own.
  Result<Mfn> shared_frame(u64 index);
  Result<Mfn> status_frame(u64 index);
  u32 frame_count() const { return frames_.load(std::memory_order_acquire); }
  u32 status_frame_count() const { return status_frames_.load(std::memory_order_acquire); }
  u32 maximum_frames() const { return limits_.frames; }
  u32 maximum_status_frames() const { return static_cast<u32>(status_.size()); }  // 0: no version 2
  // Where a frame was last put in the owner's physical map (XENMAPSPACE_grant_table): invalid_gfn: nowhere.
  std::atomic<Gfn>& shared_gfn(u32 index) { return shared_[index].gfn; }
  std::atomic<Gfn>& status_gfn(u32 index) { return status_[index].gfn; }
  Result<void> grow(u32 frames);

  // ---- the owner's operations
  // One bounded step of a change to version 1 or 2; true when it is made. Fails with EINVAL (no such version), ENOSYS (2 is not
  // allowed), EBUSY (a grant is in use, or another change is under way), ENOMEM. All entries but the first
  // GNTTAB_NR_RESERVED_ENTRIES are emptied. From the first step on no use can start (GNTST_eagain); a change that is not gone on
  // with leaves it so.
  Result<bool> set_version_step(u32 version);
  GrantVersion version() const { return version_.load(std::memory_order_acquire); }
  GrantResult<void> swap(GrantRef a, GrantRef b);

  Maptrack& maptrack() { return maptrack_; }

  // One bounded step of unmapping everything that the domain has mapped; false when done. Grants that others still use stay
  // until they unmap: they hold references to the domain.
  bool teardown_step();

  // Prints the table's state and at most `most` of its used entries.
  void dump(u32 most);

 private:
  template <class T, class... A>
  friend Result<Own<T>> make(A&&...);
  GrantTable(Domain& domain, GrantLimits limits) : domain_{domain}, limits_{limits} {}
  Result<void> initialise();

  // A frame that the guest sees, with what belongs to it. Filled before the count of frames rises, never taken away.
  struct TableFrame {
    SharedPage page;
    std::atomic<Gfn> gfn{invalid_gfn};
    HeapArray<ActiveSlot> active;  // of shared frames: most_entries_per_frame
  };
  // Changes of version and counts happen under the lock, the fields are read without.
  struct Guarded {
    u32 changing_to = 0;  // a version; 0: no change is under way
    u32 next = 0;         // frame that the change looks at next, or empties next
    bool emptying = false;
  };

  Result<void> grow_locked(Guarded& guarded, u32 frames);
  Result<void> grow_status_locked(u32 frames);
  u32 status_frames_for(u32 frames) const;

  // The slot of a reference that lies in the table at its present size; nullptr otherwise.
  ActiveSlot* slot(GrantRef ref);
  // The shared entry, if the version has such an entry. The version stays while the slot's lock is held and the entry is
  // used, or changing_ is false.
  GrantResult<SharedEntry> shared_entry(GrantRef ref);
  GrantResult<GrantPin> first_pin(ActiveEntry& entry, SharedEntry shared, const GrantUse& use);
  GrantResult<FrameRef> granted_frame(Gfn gfn, bool write) const;
  bool is_in_use(u32 frame);
  Result<void> begin_change(Guarded& guarded, GrantVersion to);
  void end_change(Guarded& guarded);
  Result<bool> change_some(Guarded& guarded);
  void empty(u32 frame);
  void rewrite_reserved(GrantVersion from, GrantVersion to);

  GrantResult<void> hold(GrantRef ref);
  void let_go(GrantRef ref);

  Domain& domain_;
  const GrantLimits limits_;
  std::atomic<GrantVersion> version_{GrantVersion::v1};
  std::atomic<bool> changing_{false};  // set_version is at work: no use may start
  std::atomic<u32> frames_{0}, status_frames_{0};
  HeapArray<TableFrame> shared_, status_;
  Locked<Guarded, LockRank::grant_table> lock_;
  Maptrack maptrack_;
  u32 teardown_at_ = 0;
};

Result<Own<GrantTable>> create_grant_table(Domain& domain);

// Debug key 'g': every domain's grant table on the console.
void dump_grant_tables();

}  // namespace xenolith
