// SPDX-License-Identifier: MIT
// What vcpu_op and sched_op ask of an x86 vCPU.
#include <arch/control.hpp>
#include <arch/domain.hpp>
#include <arch/domain_state.hpp>
#include <arch/guest_memory.hpp>

#include "arch/x86/control/cpu_numbers.hpp"
#include "arch/x86/hvm/exits.hpp"
#include "arch/x86/hvm/guest_walk.hpp"
#include "arch/x86/time/time.hpp"
#include "core/control/affinity.hpp"
#include "core/domain/domain.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith::arch {

Result<GuestPhysical> translate_guest(Vcpu& vcpu, GuestVirtual address) {
  hvm::Translation translation = hvm::translate(vcpu, address, hvm::fault::write);
  if (!translation.ok) return Failure{XEN_EFAULT};
  return translation.address;
}

bool has_deliverable_interrupt(Vcpu& vcpu) { return hvm::has_deliverable_interrupt(vcpu); }

// A vCPU that waits for INIT and start-up messages has no state to run from.
Result<void> bring_up_vcpu(Vcpu& vcpu) {
  if (vcpu.arch().apic.is_waiting_for_startup()) return Failure{XEN_EINVAL};
  vcpu.resume(Vcpu::down);
  return {};
}

// Lost, as on a processor, while the vCPU waits to be started.
Result<void> send_nmi(Vcpu& vcpu) {
  if (vcpu.arch().apic.accept_nmi()) vcpu.kick();
  return {};
}

Result<u64> physical_id(Vcpu& vcpu) {
  CpuSet cpus = affinity::hard(vcpu);
  if (!vcpu.domain().is_hardware() || cpus.count() != 1) return Failure{XEN_EINVAL};
  CpuNumbers numbers = numbers_of(*cpus.first());
  return u64{numbers.acpi_id} << 32 | numbers.apic_id;
}

Result<void> share_vcpu_time(Vcpu& caller, Vcpu& target, GuestVirtual place) {
  if (&caller != &target) return Failure{XEN_EINVAL};  // a vCPU knows its own time only
  vcpu_register_time_memory_area area{};
  area.addr.p = place.raw();
  return register_time_area(target, area);
}

void flush_guest_tlbs(Domain& domain) { flush_p2m(domain); }

}  // namespace xenolith::arch
