// SPDX-License-Identifier: MIT
// Uses of a table's entries: the part that runs for every map, copy and unmap.
#include "core/base/bits.hpp"
#include "core/base/log.hpp"
#include "core/domain/domain.hpp"
#include "core/grants/grant_table.hpp"

namespace xenolith {

ActiveSlot* GrantTable::slot(GrantRef ref) {
  u64 limit = u64{frame_count()} * most_entries_per_frame;
  if (ref.raw() >= limit) return nullptr;
  u64 index = clamp_index_speculative(ref.raw(), limit);
  return &shared_[index / most_entries_per_frame].active[index % most_entries_per_frame];
}

GrantResult<SharedEntry> GrantTable::shared_entry(GrantRef ref) {
  GrantVersion version = this->version();
  u32 per_frame = entries_per_frame(version);
  u64 limit = u64{frame_count()} * per_frame;
  if (ref.raw() >= limit) return GrantFailure{GrantStatus::bad_ref};
  u64 index = clamp_index_speculative(ref.raw(), limit);
  SharedPage& page = shared_[index / per_frame].page;
  if (version == GrantVersion::v1) return SharedEntry{page.as<grant_entry_v1_t>()[index % per_frame]};
  grant_status_t& status = status_[index / statuses_per_frame].page.as<grant_status_t>()[index % statuses_per_frame];
  return SharedEntry{page.as<grant_entry_v2_t>()[index % per_frame], status};
}

// Only the granter's own memory can be granted, and only what it may write itself can be granted for writing.
GrantResult<FrameRef> GrantTable::granted_frame(Gfn gfn, bool write) const {
  Result<GuestFrame> found = domain_.frame(gfn);
  bool suits = found && is_own_ram(found->type) &&
               (!write || found->type == P2mType::ram || found->type == P2mType::logdirty);
  if (!suits) return GrantFailure{GrantStatus::bad_page};
  return std::move(found->frame);
}

GrantResult<GrantPin> GrantTable::pin(GrantRef ref, const GrantUse& use) {
  ActiveSlot* at = slot(ref);
  if (!at) return GrantFailure{GrantStatus::bad_ref};
  return at->lock.with([&](ActiveEntry& entry) -> GrantResult<GrantPin> {
    if (entry.held || changing_.load(std::memory_order_acquire)) return GrantFailure{GrantStatus::again};
    SharedEntry shared = TRY_GRANT(shared_entry(ref));
    if (!entry.is_used()) return first_pin(entry, shared, use);

    bool suits = entry.accessor == use.accessor && (!use.map || entry.kind == ActiveEntry::Kind::full) &&
                 (use.transitive || entry.kind != ActiveEntry::Kind::transitive);
    if (!suits) return GrantFailure{GrantStatus::general_error};
    if (use.write && entry.writers == 0) {
      TRY_GRANT(shared.begin_use(use, true, false));
      // The first use may have been a reader's, of memory that cannot be written.
      if (entry.frame && granted_frame(entry.body.frame, true).failed()) {
        shared.end_use(GTF_writing);
        return GrantFailure{GrantStatus::bad_page};
      }
    }
    ++entry.count(use.write);
    return GrantPin{entry.frame ? entry.frame.mfn() : invalid_mfn, entry.body};
  });
}

GrantResult<GrantPin> GrantTable::first_pin(ActiveEntry& entry, SharedEntry shared, const GrantUse& use) {
  GrantHeader header = TRY_GRANT(shared.begin_use(use, false, false));
  GrantBody body = shared.body(header);
  if (header.type() != GTF_transitive) {
    GrantResult<FrameRef> frame = granted_frame(body.frame, use.write);
    if (!frame) {
      shared.end_use(GTF_reading | GTF_writing);
      return GrantFailure{frame.status()};
    }
    entry.frame = frame.take();
  }
  entry.accessor = use.accessor;
  entry.kind = header.type() == GTF_transitive   ? ActiveEntry::Kind::transitive
               : header.flags() & GTF_sub_page ? ActiveEntry::Kind::sub_page
                                               : ActiveEntry::Kind::full;
  entry.body = body;
  entry.count(use.write) = 1;
  return GrantPin{entry.frame ? entry.frame.mfn() : invalid_mfn, body};
}

void GrantTable::unpin(GrantRef ref, bool write) {
  slot(ref)->lock.with([&](ActiveEntry& entry) {
    u32& count = entry.count(write);
    if (count == 0) panic("d{}: grant {} let go by nobody's use", domain_.id(), ref);
    --count;
    u16 bits = 0;
    if (entry.writers == 0 && write) bits |= GTF_writing;
    if (!entry.is_used()) {
      bits |= GTF_reading;
      entry.frame = FrameRef{};
    }
    // A used entry keeps its version: set_version and swap leave it alone.
    if (bits) shared_entry(ref).take().end_use(bits);
  });
}

}  // namespace xenolith
