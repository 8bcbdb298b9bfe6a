// SPDX-License-Identifier: MIT
// Mapping grants of other domains into a domain's physical map, and unmapping them.
#pragma once

#include <array>

#include "core/grants/grant_table.hpp"
#include "core/memory/p2m_types.hpp"

namespace xenolith {

struct MapRequest {
  Domain& mapper;
  Domain& granter;
  GrantRef ref;
  Gfn gfn;  // in the mapper
  bool write;
};

struct MappedGrant {
  GrantHandle handle;
  Mfn mfn;
};

// Maps a grant; `debt` takes what the physical map's change owes. What was at the gfn goes: RAM stays the mapper's, but
// out of its sight. Fails with no_space (handles), whatever GrantTable::pin says, and general_error (the gfn cannot be
// changed: holds a grant or a device, or is beyond the physical map). After a failure nothing is left of the attempt.
GrantResult<MappedGrant> map_grant(const MapRequest& request, FlushDebt& debt);

// Unmaps grants of one domain, several with one flush. Each mapping leaves the physical map first; when the batch is
// finished the TLBs are flushed, and only then are the uses of the grants ended. So a granter who sees an entry unused
// can rely on it.
class UnmapBatch {
 public:
  static constexpr unsigned capacity = 32;

  explicit UnmapBatch(Domain& mapper) : mapper_{mapper} {}
  ~UnmapBatch() { finish(); }
  UnmapBatch(const UnmapBatch&) = delete;
  UnmapBatch& operator=(const UnmapBatch&) = delete;

  bool is_full() const { return count_ == capacity; }
  // Not when full. Fails with bad_handle, general_error (the mapping is not at `gfn`).
  GrantResult<void> add(GrantHandle handle, Gfn gfn);
  // The same wherever it is mapped.
  GrantResult<void> add(GrantHandle handle);
  // True if the handle names a live mapping; for requests that name no address and hence unmap nothing.
  bool is_live(GrantHandle handle);
  void finish();

 private:
  GrantResult<void> add_claimed(GrantHandle handle, GrantMapping& mapping);

  Domain& mapper_;
  FlushDebt debt_;
  unsigned count_ = 0;
  std::array<GrantHandle, capacity> handles_;
};

}  // namespace xenolith
