// SPDX-License-Identifier: MIT
#include "core/memory_operations/placement.hpp"

#include "core/grants/grant_table.hpp"
#include "core/memory_operations/guest_memory.hpp"

namespace xenolith {
namespace {

// One of the domain's shared pages, whose present place is noted in `noted`.
Result<void> place_shared(Removal& removal, Domain& domain, Mfn mfn, std::atomic<Gfn>& noted, Gfn gfn) {
  FrameRef frame = FrameRef::get(mfn, domain.id());
  if (!frame) return Failure{XEN_EINVAL};
  TRY(removal.put(gfn, std::move(frame), P2mType::shared_frame));
  Gfn before = noted.exchange(gfn, std::memory_order_relaxed);
  if (before == gfn || before == invalid_gfn) return {};
  P2mEntry old = domain.p2m().lookup(before);
  if (old.type == P2mType::shared_frame && old.mfn == mfn) static_cast<void>(removal.remove(before).failed());
  return {};
}

Result<void> place_shared_info(Removal& removal, Domain& domain, u64 index, Gfn gfn) {
  if (index != 0) return Failure{XEN_EINVAL};
  return place_shared(removal, domain, domain.shared_info_page().mfn(), domain.guest_memory().shared_info_gfn, gfn);
}

Result<void> place_grant_frame(Removal& removal, Domain& domain, u64 index, Gfn gfn) {
  GrantTable& table = domain.grants();
  u64 number = index & ~u64{XENMAPIDX_grant_table_status};
  if (number == index) {
    Mfn mfn = TRY(table.shared_frame(number));
    return place_shared(removal, domain, mfn, table.shared_gfn(static_cast<u32>(number)), gfn);
  }
  Mfn mfn = TRY(table.status_frame(number));
  return place_shared(removal, domain, mfn, table.status_gfn(static_cast<u32>(number)), gfn);
}

// Moves RAM: it leaves its old place first, so that it is never at two, and returns there if the new one will not do.
Result<void> move_ram(Removal& removal, Domain& domain, Gfn from, Gfn to) {
  if (domain.is_hardware()) return Failure{XEN_EPERM};
  P2mEntry old = domain.p2m().lookup(from);
  if (old.type != P2mType::ram) return Failure{XEN_EINVAL};
  if (from == to) return {};
  FrameRef frame = FrameRef::get(old.mfn, domain.id());
  if (!frame) return Failure{XEN_EINVAL};
  FlushDebt debt = TRY(domain.p2m().replace(from, old, invalid_mfn, P2mType::none));
  debt.settle();
  Mfn mfn = frame.mfn();
  Result<void> put = removal.put(to, std::move(frame), P2mType::ram);
  if (put) return put;
  // The entry was there a moment ago, so its page tables are; if the guest has used the place meanwhile, that stands.
  if (Result<FlushDebt> undo = domain.p2m().replace(from, domain.p2m().lookup(from), mfn, P2mType::ram))
    undo->settle();
  return put;
}

Result<void> place_foreign(Removal& removal, const Source& source, Gfn gfn) {
  if (!source.foreign || source.foreign->is_dying()) return Failure{XEN_ESRCH};
  GuestFrame found = TRY(source.foreign->frame(Gfn{source.index}));
  if (!is_own_ram(found.type) && found.type != P2mType::shared_frame) return Failure{XEN_EINVAL};
  return place_foreign_frame(removal, gfn, std::move(found.frame));
}

}  // namespace

Result<Domain*> foreign_source(Domain& mapper, domid_t id) {
  if (id == DOMID_SELF) return Failure{XEN_EINVAL};
  Domain* foreign = DomainTable::find(DomainId{id});
  if (!foreign) return Failure{XEN_ESRCH};
  if (foreign == &mapper) return Failure{XEN_EINVAL};
  if (!mapper.may_control(*foreign)) return Failure{XEN_EPERM};
  return foreign;
}

Result<void> place_foreign_frame(Removal& removal, Gfn gfn, FrameRef frame) {
  return removal.put(gfn, std::move(frame), P2mType::foreign);
}

Result<void> place(Removal& removal, Domain& domain, const Source& source, Gfn gfn) {
  switch (source.space) {
    case XENMAPSPACE_shared_info: return place_shared_info(removal, domain, source.index, gfn);
    case XENMAPSPACE_grant_table: return place_grant_frame(removal, domain, source.index, gfn);
    case XENMAPSPACE_gmfn: return move_ram(removal, domain, Gfn{source.index}, gfn);
    case XENMAPSPACE_gmfn_foreign: return place_foreign(removal, source, gfn);
    default: return Failure{XEN_EINVAL};
  }
}

}  // namespace xenolith
