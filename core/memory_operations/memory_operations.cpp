// SPDX-License-Identifier: MIT
#include "core/memory_operations/memory_operations.hpp"

namespace xenolith {
namespace {

namespace op = memory_operations;

// Parts of Xen that are not here: memory sharing, paging and access control for introspection.
HypercallOutcome absent(Vcpu&, const HypercallArguments&) { return Failure{XEN_EOPNOTSUPP}; }
// For guests that have a machine-to-physical table in their address space.
HypercallOutcome untranslated(Vcpu&, const HypercallArguments&) { return Failure{XEN_ENOSYS}; }

constexpr HypercallRow rows[] = {
    {XENMEM_increase_reservation, "increase_reservation", Caller::any, op::increase_reservation},
    {XENMEM_decrease_reservation, "decrease_reservation", Caller::any, op::decrease_reservation},
    {XENMEM_populate_physmap, "populate_physmap", Caller::any, op::populate_physmap},
    {XENMEM_exchange, "exchange", Caller::any, op::exchange},
    {XENMEM_claim_pages, "claim_pages", Caller::control, op::claim_pages},
    {XENMEM_maximum_ram_page, "maximum_ram_page", Caller::any, op::maximum_ram_page},
    {XENMEM_current_reservation, "current_reservation", Caller::any, op::current_reservation},
    {XENMEM_maximum_reservation, "maximum_reservation", Caller::any, op::maximum_reservation},
    {XENMEM_maximum_gpfn, "maximum_gpfn", Caller::any, op::maximum_gpfn},
    {XENMEM_machphys_mfn_list, "machphys_mfn_list", Caller::any, untranslated},
    {XENMEM_machphys_compat_mfn_list, "machphys_compat_mfn_list", Caller::any, untranslated},
    {XENMEM_machphys_mapping, "machphys_mapping", Caller::any, untranslated},
    {XENMEM_add_to_physmap, "add_to_physmap", Caller::any, op::add_to_physmap},
    {XENMEM_add_to_physmap_batch, "add_to_physmap_batch", Caller::any, op::add_to_physmap_batch},
    {XENMEM_remove_from_physmap, "remove_from_physmap", Caller::any, op::remove_from_physmap},
    {XENMEM_memory_map, "memory_map", Caller::any, op::memory_map},
    {XENMEM_machine_memory_map, "machine_memory_map", Caller::any, op::machine_memory_map},
    {XENMEM_set_memory_map, "set_memory_map", Caller::any, op::set_memory_map},
    {XENMEM_set_pod_target, "set_pod_target", Caller::control, op::set_pod_target},
    {XENMEM_get_pod_target, "get_pod_target", Caller::control, op::get_pod_target},
    {XENMEM_get_sharing_freed_pages, "get_sharing_freed_pages", Caller::any, op::shared_pages},
    {XENMEM_get_sharing_shared_pages, "get_sharing_shared_pages", Caller::any, op::shared_pages},
    {XENMEM_paging_op, "paging_op", Caller::any, absent},
    {XENMEM_access_op, "access_op", Caller::any, absent},
    {XENMEM_sharing_op, "sharing_op", Caller::any, absent},
    {XENMEM_get_vnumainfo, "get_vnumainfo", Caller::any, op::get_vnumainfo},
    {XENMEM_reserved_device_memory_map, "reserved_device_memory_map", Caller::any, op::reserved_device_memory_map},
    {XENMEM_acquire_resource, "acquire_resource", Caller::any, op::acquire_resource},
};

}  // namespace

const std::span<const HypercallRow> memory_rows{rows};

HypercallOutcome memory_op(Vcpu& caller, const HypercallArguments& arguments) {
  return dispatch(memory_rows, op::operation_number(arguments), caller, arguments);
}

namespace memory_operations {

Result<Domain*> subject(Vcpu& caller, domid_t id) {
  Domain* domain = TRY(DomainTable::find(caller, id));
  if (domain != &caller.domain() && !caller.domain().may_control(*domain)) return Failure{XEN_EPERM};
  if (domain->is_dying()) return Failure{XEN_EINVAL};
  return domain;
}

}  // namespace memory_operations
}  // namespace xenolith
