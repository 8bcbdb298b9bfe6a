// SPDX-License-Identifier: MIT
// HYPERVISOR_domctl: what toolstacks do to domains. Source: <xen/domctl.h>.
#pragma once

#include "core/control/control_call.hpp"

namespace xenolith {

// [0] guest address of struct xen_domctl. Fails with EACCES (another interface version), EPERM, ENOSYS (no such
// operation), ESRCH (no such domain), EFAULT.
HypercallOutcome domctl(Vcpu& caller, const HypercallArguments& arguments);

using DomctlCall = ControlCall<xen_domctl>;

// Who may: a control domain always.
enum class DomctlCaller : u8 { control, device_model, xenstore };
// What xen_domctl.domain is to the row: a domain that there must be, or the handler's own business.
enum class DomctlTarget : u8 { domain, handler };

struct DomctlRow {
  u32 number;
  const char* name;
  HypercallOutcome (*handler)(DomctlCall& call);
  DomctlCaller caller = DomctlCaller::control;
  DomctlTarget target = DomctlTarget::domain;
};

extern const std::span<const DomctlRow> domctl_rows;

namespace domctl_operations {

// The vCPU `id` of the call's domain. Fails with ESRCH.
Result<Vcpu*> vcpu_of(DomctlCall& call, u32 id);
HypercallOutcome not_supported(DomctlCall& call);   // EOPNOTSUPP
HypercallOutcome not_implemented(DomctlCall& call); // ENOSYS

// domctl_lifecycle.cpp
HypercallOutcome create_domain(DomctlCall& call);
HypercallOutcome destroy_domain(DomctlCall& call);
HypercallOutcome pause_domain(DomctlCall& call);
HypercallOutcome unpause_domain(DomctlCall& call);
HypercallOutcome resume_domain(DomctlCall& call);
HypercallOutcome max_vcpus(DomctlCall& call);
HypercallOutcome soft_reset(DomctlCall& call);

// domctl_information.cpp
HypercallOutcome get_domain_info(DomctlCall& call);
HypercallOutcome get_vcpu_info(DomctlCall& call);
void describe_domain(Domain& domain, xen_domctl_getdomaininfo& info);

// domctl_settings.cpp
HypercallOutcome set_domain_handle(DomctlCall& call);
HypercallOutcome set_debugging(DomctlCall& call);
HypercallOutcome set_time_offset(DomctlCall& call);
HypercallOutcome set_target(DomctlCall& call);
HypercallOutcome subscribe(DomctlCall& call);
HypercallOutcome set_virq_handler(DomctlCall& call);
HypercallOutcome set_access_required(DomctlCall& call);
HypercallOutcome get_node_affinity(DomctlCall& call);
HypercallOutcome set_node_affinity(DomctlCall& call);

// domctl_scheduling.cpp
HypercallOutcome get_vcpu_affinity(DomctlCall& call);
HypercallOutcome set_vcpu_affinity(DomctlCall& call);
HypercallOutcome scheduler_operation(DomctlCall& call);

// domctl_memory.cpp
HypercallOutcome max_memory(DomctlCall& call);
HypercallOutcome get_page_frame_info(DomctlCall& call);
HypercallOutcome shadow_operation(DomctlCall& call);
HypercallOutcome get_paging_pool(DomctlCall& call);
HypercallOutcome set_paging_pool(DomctlCall& call);
HypercallOutcome map_device_memory(DomctlCall& call);
HypercallOutcome flush_caches(DomctlCall& call);  // for architectures whose guests start with caches off

// domctl_permissions.cpp
HypercallOutcome set_port_permission(DomctlCall& call);
HypercallOutcome set_memory_permission(DomctlCall& call);
HypercallOutcome set_interrupt_permission(DomctlCall& call);

}  // namespace domctl_operations
}  // namespace xenolith
