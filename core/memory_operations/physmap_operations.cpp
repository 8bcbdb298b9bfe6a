// SPDX-License-Identifier: MIT
// XENMEM_add_to_physmap, add_to_physmap_batch, remove_from_physmap.
#include "core/memory_operations/memory_operations.hpp"
#include "core/memory_operations/placement.hpp"
#include "core/memory_operations/removal.hpp"

namespace xenolith::memory_operations {
namespace {

Result<void> check_space(Vcpu& caller, Domain& domain, u32 space) {
  // Device memory is for the hardware domain to map into itself, and only on architectures where that is not there already.
  bool own_hardware = domain.is_hardware() && &domain == &caller.domain();
  if (space == XENMAPSPACE_dev_mmio && !own_hardware) return Failure{XEN_EACCES};
  return {};
}

HypercallOutcome add_range(const HypercallArguments& arguments, Domain& domain, const xen_add_to_physmap_t& request) {
  u32 first = first_extent(arguments);
  if (request.size < first) return Failure{XEN_EILSEQ};
  if (request.idx + request.size < request.idx || request.gpfn + request.size < request.gpfn)
    return Failure{XEN_EOVERFLOW};
  Removal removal{domain};
  for (u32 i = first; i < request.size; ++i) {
    if (i > first && preemption_due()) return again_at(arguments, i);
    TRY(place(removal, domain, Source{XENMAPSPACE_gmfn, request.idx + i, nullptr}, Gfn{request.gpfn + i}));
  }
  return i64{0};
}

struct Batch {
  Domain* domain;
  Domain* foreign = nullptr;
};

Result<Batch> decode_batch(Vcpu& caller, const xen_add_to_physmap_batch_t& request) {
  if (request.space == XENMAPSPACE_gmfn_range) return Failure{XEN_EOPNOTSUPP};
  Batch batch{TRY(subject(caller, request.domid))};
  TRY(check_space(caller, *batch.domain, request.space));
  if (request.space == XENMAPSPACE_dev_mmio && request.u.res0 != 0) return Failure{XEN_EOPNOTSUPP};
  if (request.space == XENMAPSPACE_gmfn_foreign)
    batch.foreign = TRY(foreign_source(*batch.domain, request.u.foreign_domid));
  return batch;
}

}  // namespace

HypercallOutcome add_to_physmap(Vcpu& caller, const HypercallArguments& arguments) {
  auto request = TRY(GuestHandle<xen_add_to_physmap_t>{arguments[1]}.read(caller));
  if (request.space == XENMAPSPACE_gmfn_foreign) return Failure{XEN_ENOSYS};  // by the batch operation only
  Domain* domain = TRY(subject(caller, request.domid));
  TRY(check_space(caller, *domain, request.space));
  if (request.space == XENMAPSPACE_gmfn_range) return add_range(arguments, *domain, request);
  Removal removal{*domain};
  return place(removal, *domain, Source{request.space, request.idx, nullptr}, Gfn{request.gpfn});
}

// Every element has its own error; the call as a whole fails only where the lists cannot be read or written.
HypercallOutcome add_to_physmap_batch(Vcpu& caller, const HypercallArguments& arguments) {
  auto request = TRY(GuestHandle<xen_add_to_physmap_batch_t>{arguments[1]}.read(caller));
  Batch batch = TRY(decode_batch(caller, request));
  GuestHandle<GuestLong> indexes{reinterpret_cast<u64>(request.idxs.p)};
  GuestHandle<GuestLong> gfns{reinterpret_cast<u64>(request.gpfns.p)};
  GuestHandle<int> errors{request.errs.p};
  u32 first = first_extent(arguments);
  if (request.size < first) return Failure{XEN_EILSEQ};
  Removal removal{*batch.domain};
  for (u32 i = first; i < request.size; ++i) {
    if (i > first && preemption_due()) return again_at(arguments, i);
    Source source{request.space, TRY(indexes.read(caller, i)).value, batch.foreign};
    Gfn gfn{TRY(gfns.read(caller, i)).value};
    int error = static_cast<int>(status_of(place(removal, *batch.domain, source, gfn)));
    TRY(errors.write(caller, error, i));
  }
  return i64{0};
}

HypercallOutcome remove_from_physmap(Vcpu& caller, const HypercallArguments& arguments) {
  auto request = TRY(GuestHandle<xen_remove_from_physmap_t>{arguments[1]}.read(caller));
  Domain* domain = TRY(subject(caller, request.domid));
  Removal removal{*domain};
  return removal.remove(Gfn{request.gpfn});
}

}  // namespace xenolith::memory_operations
