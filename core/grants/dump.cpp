// SPDX-License-Identifier: MIT
// Debug key 'g'.
#include "core/base/log.hpp"
#include "core/domain/domain.hpp"
#include "core/grants/grant_table.hpp"

namespace xenolith {
namespace {

constexpr u32 most_entries = 256;  // of one domain: the console is slow

void print(u32 ref, const ActiveEntry& entry) {
  static constexpr const char* kinds[] = {"full", "sub-page", "transitive"};
  log_info("  grant {}: d{} reads {} writes {} {} gfn {:#x} offset {} length {}", ref, entry.accessor, entry.readers,
           entry.writers, kinds[static_cast<unsigned>(entry.kind)], entry.body.frame, entry.body.offset,
           entry.body.length);
}

}  // namespace

void GrantTable::dump(u32 most) {
  log_info("d{} grant table: version {}, {} of {} frames, {} status frames, {} grants mapped", domain_.id(), version(),
           frame_count(), limits_.frames, status_frame_count(), maptrack_.used());
  u32 shown = 0, used = 0;
  for (u32 ref = 0; ref < frame_count() * most_entries_per_frame; ++ref) {
    slot(GrantRef{ref})->lock.with([&](ActiveEntry& entry) {
      if (!entry.is_used()) return;
      if (used++ >= most) return;
      print(ref, entry);
      ++shown;
    });
  }
  if (used > shown) log_info("  {} more in use", used - shown);
}

void dump_grant_tables() {
  for (Domain* domain = DomainTable::next(DomainId{0}); domain;
       domain = DomainTable::next(DomainId{static_cast<u16>(domain->id().raw() + 1)}))
    domain->grants().dump(most_entries);
}

}  // namespace xenolith
