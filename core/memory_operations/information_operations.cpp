// SPDX-License-Identifier: MIT
// Operations that tell: XENMEM_maximum_ram_page, current_reservation, maximum_reservation, maximum_gpfn, get/set_pod_target,
// get_vnumainfo, get_sharing_*_pages, reserved_device_memory_map.
#include <algorithm>

#include "core/memory_operations/guest_memory.hpp"
#include "core/memory_operations/memory_operations.hpp"

namespace xenolith::memory_operations {
namespace {

Result<Domain*> asked_domain(Vcpu& caller, const HypercallArguments& arguments) {
  auto asked = TRY(GuestHandle<xen_memory_domain>{arguments[1]}.read(caller));
  return subject(caller, asked.domid);
}

u64 frames_in_use(Domain& domain) {
  u64 total = domain.pages().total(), aside = domain.guest_memory().set_aside();
  return total > aside ? total - aside : 0;
}

i64 as_value(u64 frames) { return static_cast<i64>(std::min<u64>(frames, INT64_MAX)); }

// No domain has memory that is populated on demand, so each has reached any target.
HypercallOutcome tell_pod_target(Vcpu& caller, const HypercallArguments& arguments) {
  GuestHandle<xen_pod_target_t> handle{arguments[1]};
  xen_pod_target_t target = TRY(handle.read(caller));
  Domain* domain = TRY(subject(caller, target.domid));
  target.tot_pages = frames_in_use(*domain);
  target.pod_cache_pages = 0;
  target.pod_entries = 0;
  return handle.write(caller, target);
}

}  // namespace

HypercallOutcome maximum_ram_page(Vcpu&, const HypercallArguments&) {
  return as_value(MachineMemory::highest_ram_frame().raw());
}

HypercallOutcome current_reservation(Vcpu& caller, const HypercallArguments& arguments) {
  return as_value(frames_in_use(*TRY(asked_domain(caller, arguments))));
}

HypercallOutcome maximum_reservation(Vcpu& caller, const HypercallArguments& arguments) {
  return as_value(TRY(asked_domain(caller, arguments))->pages().maximum());
}

HypercallOutcome maximum_gpfn(Vcpu& caller, const HypercallArguments& arguments) {
  return as_value(TRY(asked_domain(caller, arguments))->p2m().maximum().raw());
}

HypercallOutcome set_pod_target(Vcpu& caller, const HypercallArguments& arguments) {
  return tell_pod_target(caller, arguments);
}

HypercallOutcome get_pod_target(Vcpu& caller, const HypercallArguments& arguments) {
  return tell_pod_target(caller, arguments);
}

// EOPNOTSUPP is how a domain learns that it has no virtual NUMA topology.
HypercallOutcome get_vnumainfo(Vcpu& caller, const HypercallArguments& arguments) {
  auto topology = TRY(GuestHandle<xen_vnuma_topology_info_t>{arguments[1]}.read(caller));
  if (topology.pad != 0) return Failure{XEN_EINVAL};
  static_cast<void>(TRY(subject(caller, topology.domid)));
  return Failure{XEN_EOPNOTSUPP};
}

HypercallOutcome shared_pages(Vcpu&, const HypercallArguments&) { return i64{0}; }

// No region is reserved for a device: only an IOMMU's firmware tables could name one.
HypercallOutcome reserved_device_memory_map(Vcpu& caller, const HypercallArguments& arguments) {
  GuestHandle<xen_reserved_device_memory_map_t> handle{arguments[1]};
  auto map = TRY(handle.read(caller));
  if (map.flags & ~u32{XENMEM_RDM_ALL}) return Failure{XEN_EINVAL};
  return handle.write_field(caller, &xen_reserved_device_memory_map_t::nr_entries, 0u);
}

}  // namespace xenolith::memory_operations
