// SPDX-License-Identifier: MIT
// What vcpu_op, sched_op and hvm_op ask of an arm64 vCPU. Guests start and stop vCPUs by PSCI; the hypercalls for it are x86's.
#include <arch/control.hpp>
#include <arch/domain.hpp>
#include <arch/domain_state.hpp>

#include "core/control/affinity.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::arch {

// Events are told by an interrupt, so that what is deliverable is the interrupt controller's to say.
bool has_deliverable_interrupt(Vcpu& vcpu) { return vcpu.domain().arch().gic().has_deliverable(vcpu.id().raw()); }

Result<void> bring_up_vcpu(Vcpu&) { return Failure{XEN_ENOSYS}; }
Result<void> initialise_vcpu(Vcpu&, Vcpu&, GuestVirtual) { return Failure{XEN_ENOSYS}; }
Result<void> send_nmi(Vcpu&) { return Failure{XEN_ENOSYS}; }
Result<u64> physical_id(Vcpu&) { return Failure{XEN_ENOSYS}; }
// The system counter is the clock, for guests too.
Result<void> share_vcpu_time(Vcpu&, Vcpu&, GuestVirtual) { return Failure{XEN_ENOSYS}; }

// The interrupt of events is fixed when the domain is made; toolstacks tell which it is all the same (xen/hvm/params.h,
// HVM_PARAM_CALLBACK_IRQ, type PPI).
Result<void> set_event_callback(Domain& domain, u64 value) {
  bool is_ppi = Bits<63, 56>::get(value) == HVM_PARAM_CALLBACK_TYPE_PPI;
  bool is_ours = Bits<7, 0>::get(value) == domain.arch().gic().configuration().event_ppi.raw();
  return is_ppi && is_ours ? Result<void>{} : Failure{XEN_EINVAL};
}

void flush_guest_tlbs(Domain& domain) { flush_p2m(domain); }

}  // namespace xenolith::arch
