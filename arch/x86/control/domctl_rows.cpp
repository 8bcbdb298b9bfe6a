// SPDX-License-Identifier: MIT
// The domctl operations that only x86 has.
#include <arch/control.hpp>
#include <arch/domain_state.hpp>

#include "arch/x86/control/cpu_policy_operations.hpp"
#include "arch/x86/control/hvm_context.hpp"
#include "arch/x86/control/tsc_operations.hpp"
#include "arch/x86/hvm/msr.hpp"

namespace xenolith::arch {
namespace {

using domctl_operations::not_implemented;
using domctl_operations::not_supported;

HypercallOutcome get_address_size(DomctlCall& call) {
  call.op.u.address_size.size = 64;
  call.copy_back = true;
  return i64{0};
}

// A domain with its own page tables decides for itself, at run time.
HypercallOutcome set_address_size(DomctlCall& call) {
  return call.op.u.address_size.size == 64 ? HypercallOutcome{i64{0}} : Failure{XEN_EINVAL};
}

HypercallOutcome send_trigger(DomctlCall& call) {
  const auto& request = call.op.u.sendtrigger;
  if (request.vcpu >= call.domain->max_vcpus()) return Failure{XEN_EINVAL};
  Vcpu* vcpu = TRY(domctl_operations::vcpu_of(call, request.vcpu));
  if (request.trigger == XEN_DOMCTL_SENDTRIGGER_NMI) return send_nmi(*vcpu);
  return Failure{XEN_ENOSYS};  // buttons need ACPI hardware, which domains do not have
}

HypercallOutcome initialise_hypercall_page(DomctlCall& call) {
  return hvm::write_hypercall_page(*call.domain, call.op.u.hypercall_init.gmfn);
}

// There is no IOMMU: no device can be given away.
HypercallOutcome no_iommu(DomctlCall&) { return Failure{XEN_EOPNOTSUPP}; }

constexpr DomctlRow rows[] = {
    {XEN_DOMCTL_get_cpu_policy, "get_cpu_policy", cpu_policy::of_domain},
    {XEN_DOMCTL_set_cpu_policy, "set_cpu_policy", cpu_policy::set_of_domain},
    {XEN_DOMCTL_get_address_size, "get_address_size", get_address_size},
    {XEN_DOMCTL_set_address_size, "set_address_size", set_address_size},
    {XEN_DOMCTL_gettscinfo, "gettscinfo", tsc_operations::get},
    {XEN_DOMCTL_settscinfo, "settscinfo", tsc_operations::set},
    {XEN_DOMCTL_sendtrigger, "sendtrigger", send_trigger},
    {XEN_DOMCTL_gethvmcontext, "gethvmcontext", hvm_context::get},
    {XEN_DOMCTL_sethvmcontext, "sethvmcontext", hvm_context::set},
    {XEN_DOMCTL_gethvmcontext_partial, "gethvmcontext_partial", hvm_context::get_one},
    {XEN_DOMCTL_getvcpucontext, "getvcpucontext", not_supported},
    {XEN_DOMCTL_setvcpucontext, "setvcpucontext", not_supported},
    {XEN_DOMCTL_get_vcpu_msrs, "get_vcpu_msrs", not_supported},
    {XEN_DOMCTL_set_vcpu_msrs, "set_vcpu_msrs", not_supported},
    {XEN_DOMCTL_getvcpuextstate, "getvcpuextstate", not_supported},
    {XEN_DOMCTL_setvcpuextstate, "setvcpuextstate", not_supported},
    {XEN_DOMCTL_get_ext_vcpucontext, "get_ext_vcpucontext", not_supported},
    {XEN_DOMCTL_set_ext_vcpucontext, "set_ext_vcpucontext", not_supported},
    {XEN_DOMCTL_hypercall_init, "hypercall_init", initialise_hypercall_page},
    {XEN_DOMCTL_ioport_mapping, "ioport_mapping", not_supported, DomctlCaller::device_model},
    {XEN_DOMCTL_bind_pt_irq, "bind_pt_irq", no_iommu, DomctlCaller::device_model},
    {XEN_DOMCTL_unbind_pt_irq, "unbind_pt_irq", no_iommu, DomctlCaller::device_model},
    {XEN_DOMCTL_assign_device, "assign_device", no_iommu},
    {XEN_DOMCTL_deassign_device, "deassign_device", no_iommu},
    {XEN_DOMCTL_test_assign_device, "test_assign_device", no_iommu, DomctlCaller::control, DomctlTarget::handler},
    {XEN_DOMCTL_get_device_group, "get_device_group", no_iommu},
    {XEN_DOMCTL_debug_op, "debug_op", not_implemented},
    {XEN_DOMCTL_cacheflush, "cacheflush", not_implemented},
    {XEN_DOMCTL_vuart_op, "vuart_op", not_implemented},
    {XEN_DOMCTL_gdbsx_guestmemio, "gdbsx_guestmemio", not_implemented},
    {XEN_DOMCTL_gdbsx_pausevcpu, "gdbsx_pausevcpu", not_implemented},
    {XEN_DOMCTL_gdbsx_unpausevcpu, "gdbsx_unpausevcpu", not_implemented},
    {XEN_DOMCTL_gdbsx_domstatus, "gdbsx_domstatus", not_implemented},
};

}  // namespace

std::span<const DomctlRow> domctl_rows() { return rows; }

}  // namespace xenolith::arch
