// SPDX-License-Identifier: MIT
#include "core/grants/grant_mapping.hpp"

#include "core/domain/domain.hpp"
#include "core/memory_operations/guest_memory.hpp"

namespace xenolith {
namespace {

constexpr P2mType grant_type(bool write) { return write ? P2mType::grant_writable : P2mType::grant_read_only; }

constexpr bool may_be_replaced(P2mType type) {
  return type == P2mType::none || type == P2mType::foreign || type == P2mType::shared_frame || is_own_ram(type);
}

// A vCPU of the same domain may change the same entry meanwhile; a few times is honest.
constexpr unsigned attempts = 8;

GrantResult<void> put_into_map(Domain& mapper, Gfn gfn, Mfn mfn, bool write, FlushDebt& debt) {
  for (unsigned n = 0; n < attempts; ++n) {
    arch::P2m::Look old = mapper.p2m().look(gfn);
    if (!may_be_replaced(old.entry.type)) return GrantFailure{GrantStatus::general_error};
    Result<FlushDebt> change = mapper.p2m().replace(gfn, old, mfn, grant_type(write));
    if (change) {
      if (change->owed()) debt.merge(change.take());
      if (mapper.is_hardware() && is_own_ram(old.entry.type)) mapper.guest_memory().count_set_aside(1);
      return {};
    }
    if (change.error() != XEN_EAGAIN) break;
  }
  return GrantFailure{GrantStatus::general_error};
}

// Takes the mapping out of the physical map if it is there still. Fails with ENOMEM when page tables run out (a
// larger mapping must be split): the entry is as it was.
Result<void> take_out_of_map(Domain& mapper, const GrantMapping& mapping, FlushDebt& debt) {
  for (;;) {
    arch::P2m::Look look = mapper.p2m().look(mapping.gfn);
    if (look.entry.mfn != mapping.mfn || look.entry.type != grant_type(mapping.write)) return {};
    Result<FlushDebt> change = mapper.p2m().replace(mapping.gfn, look, invalid_mfn, P2mType::none);
    if (change) {
      debt.merge(change.take());
      return {};
    }
    if (change.error() != XEN_EAGAIN) return Failure{change.error()};
  }
}

GrantResult<MappedGrant> map_with_handle(const MapRequest& request, GrantHandle handle, FlushDebt& debt) {
  GrantUse use{request.mapper.id(), request.write, true, false};
  GrantPin pin = TRY_GRANT(request.granter.grants().pin(request.ref, use));
  GrantMapping& mapping = request.mapper.grants().maptrack().at(handle);
  mapping.write = request.write;
  mapping.link_or_ref = request.ref.raw();
  mapping.granter = &request.granter;
  mapping.gfn = request.gfn;
  mapping.mfn = pin.mfn;
  if (auto put = put_into_map(request.mapper, request.gfn, pin.mfn, request.write, debt); put.failed()) {
    request.granter.grants().unpin(request.ref, request.write);
    return GrantFailure{put.status()};
  }
  return MappedGrant{handle, pin.mfn};
}

}  // namespace

GrantResult<MappedGrant> map_grant(const MapRequest& request, FlushDebt& debt) {
  Maptrack& maptrack = request.mapper.grants().maptrack();
  if (request.granter.is_dying() || !request.granter.try_ref()) return GrantFailure{GrantStatus::bad_domain};
  Ref<Domain> granter = Ref<Domain>::adopt(&request.granter);
  Result<GrantHandle> handle = maptrack.allocate();
  if (!handle) return GrantFailure{GrantStatus::no_space};
  GrantResult<MappedGrant> mapped = map_with_handle(request, *handle, debt);
  if (!mapped) {
    maptrack.give_back(*handle);
    return mapped;
  }
  granter->ref();  // the mapping's
  maptrack.publish(*handle);
  return mapped;
}

GrantResult<void> UnmapBatch::add(GrantHandle handle, Gfn gfn) {
  Maptrack& maptrack = mapper_.grants().maptrack();
  GrantMapping* mapping = maptrack.claim(handle);
  if (!mapping) return GrantFailure{GrantStatus::bad_handle};
  if (mapping->gfn != gfn) {
    maptrack.unclaim(*mapping);
    return GrantFailure{GrantStatus::general_error};
  }
  return add_claimed(handle, *mapping);
}

GrantResult<void> UnmapBatch::add(GrantHandle handle) {
  GrantMapping* mapping = mapper_.grants().maptrack().claim(handle);
  if (!mapping) return GrantFailure{GrantStatus::bad_handle};
  return add_claimed(handle, *mapping);
}

GrantResult<void> UnmapBatch::add_claimed(GrantHandle handle, GrantMapping& mapping) {
  // Somebody else may have replaced the entry without having flushed yet, so a flush is owed in any case.
  debt_.merge(FlushDebt{mapper_});
  if (take_out_of_map(mapper_, mapping, debt_).failed()) {
    mapper_.grants().maptrack().unclaim(mapping);
    return GrantFailure{GrantStatus::general_error};
  }
  handles_[count_++] = handle;
  return {};
}

bool UnmapBatch::is_live(GrantHandle handle) {
  Maptrack& maptrack = mapper_.grants().maptrack();
  GrantMapping* mapping = maptrack.claim(handle);
  if (mapping) maptrack.unclaim(*mapping);
  return mapping != nullptr;
}

void UnmapBatch::finish() {
  debt_.settle();
  Maptrack& maptrack = mapper_.grants().maptrack();
  while (count_ > 0) {
    GrantHandle handle = handles_[--count_];
    GrantMapping& mapping = maptrack.at(handle);
    Ref<Domain> granter = Ref<Domain>::adopt(mapping.granter);
    granter->grants().unpin(mapping.ref(), mapping.write);
    maptrack.give_back(handle);
  }
}

// Called when no vCPU of the domain runs any more; mappings that are claimed by a hypercall in flight are met again in the
// next round.
bool GrantTable::teardown_step() {
  UnmapBatch batch{domain_};
  u32 end = maptrack_.end();
  for (u32 looked = 0; looked < Maptrack::mappings_per_frame && !batch.is_full(); ++looked) {
    if (maptrack_.used() == 0) return false;
    if (teardown_at_ >= end) teardown_at_ = 0;
    static_cast<void>(batch.add(GrantHandle{teardown_at_++}).failed());
  }
  batch.finish();
  return maptrack_.used() > 0;
}

}  // namespace xenolith
