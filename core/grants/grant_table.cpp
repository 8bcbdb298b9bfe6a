// SPDX-License-Identifier: MIT
// Building, growing and changing tables; uses of entries are in grant_use.cpp.
#include "core/grants/grant_table.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/bits.hpp"
#include "core/domain/domain.hpp"

namespace xenolith {
namespace {
constexpr u32 reserved_entries = GNTTAB_NR_RESERVED_ENTRIES;
constexpr u32 initial_frames = 1;
constexpr u32 frames_per_step = 4;  // of a change of version: 2,048 entries
}  // namespace

Result<Own<GrantTable>> create_grant_table(Domain& domain) { return GrantTable::create(domain); }

Result<Own<GrantTable>> GrantTable::create(Domain& domain) {
  GrantLimits limits = TRY(GrantLimits::of(domain.configuration()));
  Own<GrantTable> table = TRY(make<GrantTable>(domain, limits));
  TRY(table->initialise());
  return table;
}

Result<void> GrantTable::initialise() {
  shared_ = TRY(HeapArray<TableFrame>::create(limits_.frames));
  if (limits_.version >= 2) status_ = TRY(HeapArray<TableFrame>::create(status_frames_for(limits_.frames)));
  TRY(maptrack_.initialise(limits_.maptrack_frames));
  return grow(initial_frames);
}

GrantTable::~GrantTable() = default;

u32 GrantTable::status_frames_for(u32 frames) const {
  u32 entries = frames * entries_per_frame(GrantVersion::v2);
  return (entries + statuses_per_frame - 1) / statuses_per_frame;
}

Result<void> GrantTable::grow(u32 frames) {
  return lock_.with([&](Guarded& guarded) { return grow_locked(guarded, frames); });
}

// Frames that were added before a failure stay: they are the domain's within its limit, and the next attempt needs them.
Result<void> GrantTable::grow_locked(Guarded& guarded, u32 frames) {
  if (frames > limits_.frames) return Failure{XEN_EINVAL};
  if (version() == GrantVersion::v2 || guarded.changing_to == 2) TRY(grow_status_locked(status_frames_for(frames)));
  for (u32 n = frames_.load(std::memory_order_relaxed); n < frames; ++n) {
    TableFrame& frame = shared_[n];
    frame.active = TRY(HeapArray<ActiveSlot>::create(most_entries_per_frame));
    frame.page = TRY(SharedPage::allocate(domain_.id()));
    frames_.store(n + 1, std::memory_order_release);  // pairs with the acquire in frame_count()
  }
  return {};
}

Result<void> GrantTable::grow_status_locked(u32 frames) {
  for (u32 n = status_frames_.load(std::memory_order_relaxed); n < frames; ++n) {
    status_[n].page = TRY(SharedPage::allocate(domain_.id()));
    status_frames_.store(n + 1, std::memory_order_release);  // pairs with the acquire in status_frame_count()
  }
  return {};
}

Result<Mfn> GrantTable::shared_frame(u64 index) {
  if (index >= limits_.frames) return Failure{XEN_EINVAL};
  u32 at = static_cast<u32>(clamp_index_speculative(index, limits_.frames));
  if (at >= frame_count()) TRY(grow(at + 1));
  return shared_[at].page.mfn();
}

Result<Mfn> GrantTable::status_frame(u64 index) {
  return lock_.with([&](Guarded& guarded) -> Result<Mfn> {
    if (version() != GrantVersion::v2 || index >= status_.size()) return Failure{XEN_EINVAL};
    u32 at = static_cast<u32>(clamp_index_speculative(index, status_.size()));
    constexpr u32 shared_per_status = statuses_per_frame / entries_per_frame(GrantVersion::v2);
    if (at >= status_frame_count()) TRY(grow_locked(guarded, std::min((at + 1) * shared_per_status, limits_.frames)));
    return status_[at].page.mfn();
  });
}

bool GrantTable::is_in_use(u32 frame) {
  for (ActiveSlot& slot : shared_[frame].active)
    if (slot.lock.with([](ActiveEntry& entry) { return entry.is_used() || entry.held; })) return true;
  return false;
}

Result<bool> GrantTable::set_version_step(u32 number) {
  if (number != 1 && number != 2) return Failure{XEN_EINVAL};
  if (number > limits_.version) return Failure{XEN_ENOSYS};
  return lock_.with([&](Guarded& guarded) -> Result<bool> {
    if (guarded.changing_to == 0) {
      if (version() == GrantVersion{number}) return true;
      TRY(begin_change(guarded, GrantVersion{number}));
    }
    if (guarded.changing_to != number) return Failure{XEN_EBUSY};
    return change_some(guarded);
  });
}

// With changing_ set no use can start, and each one that had started before is seen: uses start under the entry's lock, where
// they look at changing_.
Result<void> GrantTable::begin_change(Guarded& guarded, GrantVersion to) {
  if (to == GrantVersion::v2) TRY(grow_status_locked(status_frames_for(frame_count())));
  guarded = {.changing_to = static_cast<u32>(to)};
  changing_.store(true, std::memory_order_release);  // pairs with the acquire in pin()
  return {};
}

void GrantTable::end_change(Guarded& guarded) {
  guarded = {};
  changing_.store(false, std::memory_order_release);
}

// First all frames are looked at, then all but the first are emptied; the first and the version change last.
Result<bool> GrantTable::change_some(Guarded& guarded) {
  u32 frames = frame_count(), end = std::min(guarded.next + frames_per_step, frames);
  for (; guarded.next < end; ++guarded.next) {
    if (guarded.emptying) {
      empty(guarded.next);
    } else if (is_in_use(guarded.next)) {
      end_change(guarded);
      return Failure{XEN_EBUSY};
    }
  }
  if (guarded.next < frames) return false;
  if (!guarded.emptying && frames > 1) {
    guarded.emptying = true;
    guarded.next = 1;
    return false;
  }
  GrantVersion to{guarded.changing_to};
  rewrite_reserved(version(), to);
  version_.store(to, std::memory_order_release);
  end_change(guarded);
  return true;
}

void GrantTable::empty(u32 frame) {
  std::memset(shared_[frame].page.as<void>(), 0, page_size);
  if (frame < status_frame_count()) std::memset(status_[frame].page.as<void>(), 0, page_size);
}

// The first frame, in which the reserved entries stay (console and xenstore, made by the toolstack). Those that version 1 cannot
// express are emptied as well.
void GrantTable::rewrite_reserved(GrantVersion from, GrantVersion to) {
  struct Kept {
    GrantHeader header{0};
    u64 frame = 0;
  };
  std::array<Kept, reserved_entries> kept{};
  auto* v1 = shared_[0].page.as<grant_entry_v1_t>();
  auto* v2 = shared_[0].page.as<grant_entry_v2_t>();
  auto* statuses = status_frame_count() ? status_[0].page.as<grant_status_t>() : nullptr;
  for (u32 i = 0; i < reserved_entries; ++i) {
    SharedEntry entry = from == GrantVersion::v1 ? SharedEntry{v1[i]} : SharedEntry{v2[i], statuses[i]};
    GrantHeader header = entry.header();
    u64 frame = from == GrantVersion::v1 ? v1[i].frame : __atomic_load_n(&v2[i].full_page.frame, __ATOMIC_RELAXED);
    bool plain = header.type() != GTF_transitive && !(header.flags() & GTF_sub_page);
    if (plain && frame <= ~u32{0}) kept[i] = {GrantHeader{header.word() & ~u32{GTF_reading | GTF_writing}}, frame};
  }
  empty(0);
  for (u32 i = 0; i < reserved_entries; ++i) {
    if (to == GrantVersion::v1) v1[i] = {kept[i].header.flags(), kept[i].header.domain().raw(), static_cast<u32>(kept[i].frame)};
    else v2[i].full_page = {{kept[i].header.flags(), kept[i].header.domain().raw()}, 0, kept[i].frame};
  }
}

GrantResult<void> GrantTable::hold(GrantRef ref) {
  ActiveSlot* at = slot(ref);
  if (!at) return GrantFailure{GrantStatus::bad_ref};
  return at->lock.with([&](ActiveEntry& entry) -> GrantResult<void> {
    TRY_GRANT(shared_entry(ref));
    if (entry.is_used() || entry.held) return GrantFailure{GrantStatus::again};
    entry.held = true;
    return {};
  });
}

void GrantTable::let_go(GrantRef ref) {
  slot(ref)->lock.with([](ActiveEntry& entry) { entry.held = false; });
}

// Two entries' locks are never held together: each entry is barred from use instead. The table's lock keeps the version.
GrantResult<void> GrantTable::swap(GrantRef a, GrantRef b) {
  return lock_.with([&](Guarded&) -> GrantResult<void> {
    TRY_GRANT(hold(a));
    if (a != b) {
      if (GrantResult<void> held = hold(b); held.failed()) {
        let_go(a);
        return held;
      }
      SharedEntry first = shared_entry(a).take(), second = shared_entry(b).take();
      first.swap(second);
      let_go(b);
    }
    let_go(a);
    return {};
  });
}

}  // namespace xenolith
