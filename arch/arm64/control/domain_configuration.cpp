// SPDX-License-Identifier: MIT
// Which domains can be made on arm64, and the domctl operations that only Arm has.
#include <arch/control.hpp>
#include <arch/domain_state.hpp>

#include "arch/arm64/gic/gic.hpp"
#include "arch/arm64/hyp/vcpu_start.hpp"
#include "arch/arm64/machine/host.hpp"
#include "core/control/domctl.hpp"
#include "core/domain/domain.hpp"
#include "core/hypercall/guest_handle.hpp"

namespace xenolith::arch {
namespace {

HypercallOutcome set_address_size(DomctlCall& call) {
  return call.op.u.address_size.size == 64 ? HypercallOutcome{i64{0}} : Failure{XEN_EINVAL};
}
HypercallOutcome get_address_size(DomctlCall& call) {
  call.op.u.address_size.size = 64;
  call.copy_back = true;
  return i64{0};
}

// The first state of a vCPU, as domain builders give it (xen/arch-arm.h, struct vcpu_guest_context).
HypercallOutcome set_vcpu_context(DomctlCall& call) {
  const auto& request = call.op.u.vcpucontext;
  Vcpu* vcpu = TRY(domctl_operations::vcpu_of(call, request.vcpu));
  vcpu_guest_context context = TRY(GuestHandle<vcpu_guest_context>{request.ctxt.p}.read(call.caller));
  constexpr u64 mode_bits = 0x1f, el1 = 5, el1_without_own_stack = 4, el0 = 0;
  u64 mode = context.user_regs.cpsr & mode_bits;
  if (mode != el1 && mode != el1_without_own_stack && mode != el0) return Failure{XEN_EINVAL};
  vcpu->pause_sync();
  reset_vcpu(*vcpu, GuestPhysical{context.user_regs.pc64}, context.user_regs.x0);
  VcpuState& state = vcpu->arch();
  const u64* general = &context.user_regs.x0;
  for (unsigned i = 0; i < 31; ++i) state.registers.x[i] = general[i];
  state.registers.pstate = context.user_regs.cpsr;
  state.system.sp_el1 = context.user_regs.sp_el1;
  state.system.sp_el0 = context.user_regs.sp_el0;
  state.system.elr_el1 = context.user_regs.elr_el1;
  state.system.spsr_el1 = context.user_regs.spsr_el1;
  state.system.sctlr_el1 = context.sctlr | SystemContext::sctlr_at_start;
  state.system.ttbr0_el1 = context.ttbr0;
  state.system.ttbr1_el1 = context.ttbr1;
  state.system.tcr_el1 = context.ttbcr;
  if (context.flags & VGCF_online) vcpu->resume(Vcpu::down);
  else vcpu->stop(Vcpu::down);
  vcpu->unpause();
  return i64{0};
}

// A serial line that a console daemon serves, beside the PV console: at the place and with the interrupt that <xen/arch-arm.h> names.
// Before the domain runs: its vCPUs look for the line without a lock.
HypercallOutcome make_uart(DomctlCall& call) {
  auto& request = call.op.u.vuart_op;
  if (request.cmd != XEN_DOMCTL_VUART_OP_INIT || request.type != XEN_DOMCTL_VUART_TYPE_VPL011) return Failure{XEN_EOPNOTSUPP};
  DomainState& state = call.domain->arch();
  if (call.domain->control_pauses() == 0) return Failure{XEN_EPERM};
  if (!state.has_gic() || state.uart() || request.pad[0] != 0 || request.pad[1] != 0) return Failure{XEN_EINVAL};
  request.evtchn = TRY(state.create_served_uart(*call.domain, Gfn{request.gfn}, DomainId{request.console_domid})).raw();
  call.copy_back = true;
  return i64{0};
}

constexpr DomctlRow rows[] = {
    {XEN_DOMCTL_get_address_size, "get_address_size", get_address_size},
    {XEN_DOMCTL_set_address_size, "set_address_size", set_address_size},
    {XEN_DOMCTL_setvcpucontext, "setvcpucontext", set_vcpu_context},
    {XEN_DOMCTL_cacheflush, "cacheflush", domctl_operations::flush_caches},
    {XEN_DOMCTL_vuart_op, "vuart_op", make_uart},
    {XEN_DOMCTL_getvcpucontext, "getvcpucontext", domctl_operations::not_supported},
    {XEN_DOMCTL_assign_device, "assign_device", domctl_operations::not_supported},
    {XEN_DOMCTL_deassign_device, "deassign_device", domctl_operations::not_supported},
    {XEN_DOMCTL_test_assign_device, "test_assign_device", domctl_operations::not_supported, DomctlCaller::control,
     DomctlTarget::handler},
};

}  // namespace

std::span<const DomctlRow> domctl_rows() { return rows; }

Result<void> complete_configuration(xen_domctl_createdomain& configuration) {
  constexpr u32 most_spis = 988, most_vcpus_v2 = 8, most_vcpus_v3 = 128;
  constexpr u32 needed = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
  if ((configuration.flags & needed) != needed) return Failure{XEN_EINVAL};
  xen_arch_domainconfig& wanted = configuration.arch;
  if (wanted.gic_version == XEN_DOMCTL_CONFIG_GIC_NATIVE)
    wanted.gic_version = gic::version() == gic::Version::v3 ? XEN_DOMCTL_CONFIG_GIC_V3 : XEN_DOMCTL_CONFIG_GIC_V2;
  if (wanted.gic_version > XEN_DOMCTL_CONFIG_GIC_V3) return Failure{XEN_EINVAL};
  if (wanted.tee_type != XEN_DOMCTL_CONFIG_TEE_NONE) return Failure{XEN_EOPNOTSUPP};
  if (wanted.nr_spis > most_spis) return Failure{XEN_EINVAL};
  u32 most_vcpus = wanted.gic_version == XEN_DOMCTL_CONFIG_GIC_V3 ? most_vcpus_v3 : most_vcpus_v2;
  if (configuration.max_vcpus == 0 || configuration.max_vcpus > most_vcpus) return Failure{XEN_EINVAL};
  wanted.clock_frequency = machine::description().timer.clock_frequency;
  return {};
}

}  // namespace xenolith::arch
