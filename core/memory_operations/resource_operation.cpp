// SPDX-License-Identifier: MIT
// XENMEM_acquire_resource: mapping a domain's grant table into a tools domain.
#include "core/grants/grant_table.hpp"
#include "core/memory_operations/memory_operations.hpp"
#include "core/memory_operations/placement.hpp"

namespace xenolith::memory_operations {
namespace {

using Request = xen_mem_acquire_resource_t;

// How many frames the resource can have. Fails with EINVAL (no such resource), EOPNOTSUPP (not provided).
Result<u64> resource_size(Domain& domain, const Request& request) {
  if (request.type == XENMEM_resource_ioreq_server || request.type == XENMEM_resource_vmtrace_buf)
    return Failure{XEN_EOPNOTSUPP};
  if (request.type != XENMEM_resource_grant_table) return Failure{XEN_EINVAL};
  switch (request.id) {
    case XENMEM_resource_grant_table_id_shared: return u64{domain.grants().maximum_frames()};
    case XENMEM_resource_grant_table_id_status:
      if (u64 frames = domain.grants().maximum_status_frames()) return frames;
      return Failure{XEN_EINVAL};
    default: return Failure{XEN_EINVAL};
  }
}

Result<FrameRef> resource_frame(Domain& domain, const Request& request, u64 index) {
  GrantTable& table = domain.grants();
  bool shared = request.id == XENMEM_resource_grant_table_id_shared;
  FrameRef frame = FrameRef::get(TRY(shared ? table.shared_frame(index) : table.status_frame(index)), domain.id());
  if (!frame) return Failure{XEN_EINVAL};
  return frame;
}

Result<Domain*> owner_of(Vcpu& caller, const Request& request) {
  if (request.pad != 0) return Failure{XEN_EINVAL};
  Domain* domain = TRY(DomainTable::find(caller, request.domid));
  if (domain == &caller.domain() || !caller.domain().may_emulate(*domain)) return Failure{XEN_EPERM};
  if (domain->is_dying()) return Failure{XEN_EINVAL};
  return domain;
}

Result<void> check_range(const Request& request, u64 size) {
  if (request.nr_frames > most_extents) return Failure{XEN_E2BIG};
  if (request.frame > ~u32{0} || request.frame + request.nr_frames > size) return Failure{XEN_EINVAL};
  return {};
}

Result<void> map_one(Vcpu& caller, Removal& removal, Domain& owner, const Request& request, u32 i) {
  FrameRef frame = TRY(resource_frame(owner, request, request.frame + i));
  GuestHandle<GuestLong> list{reinterpret_cast<u64>(request.frame_list.p)};
  Gfn gfn{TRY(list.read(caller, i)).value};
  return place_foreign_frame(removal, gfn, std::move(frame));
}

}  // namespace

HypercallOutcome acquire_resource(Vcpu& caller, const HypercallArguments& arguments) {
  GuestHandle<Request> handle{arguments[1]};
  Request request = TRY(handle.read(caller));
  Domain* owner = TRY(owner_of(caller, request));
  u64 size = TRY(resource_size(*owner, request));
  u32 first = first_extent(arguments);
  if (!request.frame_list.p) {
    if (request.nr_frames || first) return Failure{XEN_EINVAL};
    return handle.write_field(caller, &Request::nr_frames, static_cast<u32>(size));
  }
  TRY(check_range(request, size));
  Removal removal{caller.domain()};
  for (u32 i = first; i < request.nr_frames; ++i) {
    if (i > first && preemption_due()) return again_at(arguments, i);
    if (Result<void> mapped = map_one(caller, removal, *owner, request, i); mapped.failed())
      return Failure{i > 0 ? XEN_EIO : mapped.error()};  // EIO: some are mapped, for the caller to unmap
  }
  return i64{0};
}

}  // namespace xenolith::memory_operations
