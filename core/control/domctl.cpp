// SPDX-License-Identifier: MIT
#include "core/control/domctl.hpp"

#include <arch/control.hpp>

namespace xenolith {
namespace domctl_operations {

Result<Vcpu*> vcpu_of(DomctlCall& call, u32 id) {
  Vcpu* vcpu = call.domain->vcpu(VcpuId{id});
  if (!vcpu) return Failure{XEN_ESRCH};
  return vcpu;
}

HypercallOutcome not_supported(DomctlCall&) { return Failure{XEN_EOPNOTSUPP}; }
HypercallOutcome not_implemented(DomctlCall&) { return Failure{XEN_ENOSYS}; }

}  // namespace domctl_operations

namespace {
using namespace domctl_operations;

constexpr DomctlRow rows[] = {
    {XEN_DOMCTL_createdomain, "createdomain", create_domain, DomctlCaller::control, DomctlTarget::handler},
    {XEN_DOMCTL_destroydomain, "destroydomain", destroy_domain},
    {XEN_DOMCTL_pausedomain, "pausedomain", pause_domain},
    {XEN_DOMCTL_unpausedomain, "unpausedomain", unpause_domain},
    {XEN_DOMCTL_resumedomain, "resumedomain", resume_domain},
    {XEN_DOMCTL_max_vcpus, "max_vcpus", max_vcpus},
    {XEN_DOMCTL_soft_reset, "soft_reset", soft_reset},
    {XEN_DOMCTL_getdomaininfo, "getdomaininfo", get_domain_info, DomctlCaller::xenstore, DomctlTarget::handler},
    {XEN_DOMCTL_getvcpuinfo, "getvcpuinfo", get_vcpu_info},
    {XEN_DOMCTL_setdomainhandle, "setdomainhandle", set_domain_handle},
    {XEN_DOMCTL_setdebugging, "setdebugging", set_debugging},
    {XEN_DOMCTL_settimeoffset, "settimeoffset", set_time_offset},
    {XEN_DOMCTL_set_target, "set_target", set_target},
    {XEN_DOMCTL_subscribe, "subscribe", subscribe},
    {XEN_DOMCTL_set_virq_handler, "set_virq_handler", set_virq_handler},
    {XEN_DOMCTL_set_access_required, "set_access_required", set_access_required},
    {XEN_DOMCTL_getnodeaffinity, "getnodeaffinity", get_node_affinity},
    {XEN_DOMCTL_setnodeaffinity, "setnodeaffinity", set_node_affinity},
    {XEN_DOMCTL_getvcpuaffinity, "getvcpuaffinity", get_vcpu_affinity},
    {XEN_DOMCTL_setvcpuaffinity, "setvcpuaffinity", set_vcpu_affinity},
    {XEN_DOMCTL_scheduler_op, "scheduler_op", scheduler_operation},
    {XEN_DOMCTL_max_mem, "max_mem", max_memory},
    {XEN_DOMCTL_getpageframeinfo3, "getpageframeinfo3", get_page_frame_info},
    {XEN_DOMCTL_shadow_op, "shadow_op", shadow_operation},
    {XEN_DOMCTL_get_paging_mempool_size, "get_paging_mempool_size", get_paging_pool},
    {XEN_DOMCTL_set_paging_mempool_size, "set_paging_mempool_size", set_paging_pool},
    {XEN_DOMCTL_memory_mapping, "memory_mapping", map_device_memory, DomctlCaller::device_model},
    {XEN_DOMCTL_ioport_permission, "ioport_permission", set_port_permission},
    {XEN_DOMCTL_iomem_permission, "iomem_permission", set_memory_permission},
    {XEN_DOMCTL_irq_permission, "irq_permission", set_interrupt_permission},
    {XEN_DOMCTL_vm_event_op, "vm_event_op", not_supported},
    {XEN_DOMCTL_monitor_op, "monitor_op", not_supported},
    {XEN_DOMCTL_mem_sharing_op, "mem_sharing_op", not_supported},
    {XEN_DOMCTL_audit_p2m, "audit_p2m", not_implemented},
    {XEN_DOMCTL_setvnumainfo, "setvnumainfo", not_supported},
    {XEN_DOMCTL_psr_cmt_op, "psr_cmt_op", not_supported},
    {XEN_DOMCTL_psr_alloc, "psr_alloc", not_supported},
    {XEN_DOMCTL_vmtrace_op, "vmtrace_op", not_supported},
    {XEN_DOMCTL_set_broken_page_p2m, "set_broken_page_p2m", not_implemented},
};

bool may_call(Vcpu& caller, const DomctlRow& row, const Domain* target) {
  const Domain& domain = caller.domain();
  if (domain.is_control()) return true;
  switch (row.caller) {
    case DomctlCaller::device_model: return target && domain.may_emulate(*target);
    case DomctlCaller::xenstore: return (domain.configuration().flags & XEN_DOMCTL_CDF_xs_domain) != 0;
    case DomctlCaller::control: return false;
  }
  return false;
}

}  // namespace

constinit const std::span<const DomctlRow> domctl_rows{rows};

HypercallOutcome domctl(Vcpu& caller, const HypercallArguments& arguments) {
  xen_domctl op = TRY(GuestHandle<xen_domctl>{arguments[0]}.read(caller));
  if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION) return Failure{XEN_EACCES};
  const DomctlRow* row = find_control_row(domctl_rows, arch::domctl_rows(), op.cmd);
  Domain* target = DomainTable::find(DomainId{op.domain});
  if (!row) return Failure{caller.domain().is_control() ? XEN_ENOSYS : XEN_EPERM};
  if (!may_call(caller, *row, target)) return Failure{XEN_EPERM};
  if (!target && row->target == DomctlTarget::domain) return Failure{XEN_ESRCH};
  DomctlCall call{.caller = caller, .arguments = arguments, .op = op, .domain = target};
  return finish(call, row->handler(call));
}

}  // namespace xenolith
