// SPDX-License-Identifier: MIT
#include "core/memory_operations/populate.hpp"

#include <algorithm>

#include "core/base/bits.hpp"
#include "core/memory_operations/guest_memory.hpp"
#include "core/memory_operations/removal.hpp"

namespace xenolith {
namespace {

constexpr bool blocks(P2mType type) {
  return type == P2mType::grant_writable || type == P2mType::grant_read_only || type == P2mType::mmio_direct;
}

// Nothing in the range may be lost by putting RAM there. A hole tells its own size, so that empty ranges cost one look.
Result<void> check_range(Domain& domain, Gfn first, unsigned order) {
  Gfn end = first + (u64{1} << order);
  for (Gfn at = first; at < end;) {
    P2mEntry entry = domain.p2m().lookup(at);
    if (blocks(entry.type)) return Failure{XEN_EPERM};
    at = Gfn{align_down(at.raw(), u64{1} << entry.order)} + (u64{1} << entry.order);
  }
  return {};
}

// Undoes an allocation that could not be mapped whole.
void give_back(Domain& domain, Gfn gfn, Mfn first, unsigned order) {
  FlushDebt debt{domain};
  for (u64 i = 0; i < u64{1} << order; ++i) {
    P2mEntry entry = domain.p2m().lookup(gfn + i);
    if (entry.mfn != first + i || !is_own_ram(entry.type)) continue;
    if (Result<FlushDebt> change = domain.p2m().replace(gfn + i, entry, invalid_mfn, P2mType::none))
      debt.merge(change.take());
  }
  debt.settle();
  for (u64 i = 0; i < u64{1} << order; ++i) {
    P2mEntry entry = domain.p2m().lookup(gfn + i);
    if (entry.mfn == first + i && is_own_ram(entry.type)) continue;  // could not be taken out: it stays the domain's
    if (FrameRef frame = FrameRef::get(first + i, domain.id()))
      static_cast<void>(domain.pages().release(frame.entry()).failed());
  }
}

Result<void> map_frames(Domain& domain, Gfn gfn, Mfn first, unsigned order) {
  unsigned piece = order == most_populate_order ? order : 0;
  FlushDebt debt;
  for (u64 i = 0; i < u64{1} << order; i += u64{1} << piece)
    debt.merge(TRY(domain.p2m().set(gfn + i, first + i, piece, P2mType::ram)));
  debt.settle();
  return {};
}

// The machine frame has to be the one of the same number, because devices know no other (no IOMMU is assumed).
Result<void> return_set_aside(Domain& domain, Gfn gfn) {
  FrameRef frame = FrameRef::get(identity_mfn(gfn), domain.id());
  if (!frame || frame.entry().use() != FrameUse::domain) return Failure{XEN_EINVAL};
  arch::P2m::Look old = domain.p2m().look(gfn);
  if (is_own_ram(old.entry.type)) return Failure{XEN_EINVAL};
  if (blocks(old.entry.type)) return Failure{XEN_EPERM};
  FlushDebt debt = TRY(domain.p2m().replace(gfn, old, frame.mfn(), P2mType::ram));
  debt.settle();
  domain.guest_memory().count_set_aside(-1);
  return {};
}

}  // namespace

Result<void> populate(Domain& domain, Gfn gfn, unsigned order) {
  u64 count = u64{1} << order;
  if (order > most_populate_order || !is_aligned(gfn.raw(), count)) return Failure{XEN_EINVAL};
  if (order > 0 || !domain.is_hardware()) TRY(check_range(domain, gfn, order));
  if (domain.is_hardware()) {  // one page by itself is checked there
    for (u64 i = 0; i < count; ++i) TRY(return_set_aside(domain, gfn + i));
    return {};
  }
  if (domain.guest_memory().available() < count) return Failure{XEN_ENOMEM};
  Mfn first = TRY(domain.pages().allocate(order));
  Result<void> mapped = map_frames(domain, gfn, first, order);
  if (mapped) domain.guest_memory().note_allocated(count);
  else give_back(domain, gfn, first, order);
  return mapped;
}

}  // namespace xenolith
