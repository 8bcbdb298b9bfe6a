// SPDX-License-Identifier: MIT
// The fake machine's answers to control operations: it records what it is asked to do.
#include <arch/control.hpp>
#include <arch/fake_control.hpp>
#include <arch/guest_memory.hpp>

#include <cstring>

#include "arch/host/fake_machine.hpp"
#include "core/control/domctl.hpp"
#include "core/control/platform_op.hpp"
#include "core/control/sysctl.hpp"
#include "core/domain/domain.hpp"

namespace xenolith {

fake::ControlRecord& fake::control_record() {
  static ControlRecord record;
  return record;
}

namespace arch {

std::span<const HypercallRow> hypercall_rows() { return {}; }
std::span<const HypercallRow> physdev_rows() { return {}; }
std::span<const HypercallRow> hvm_rows() {
  static constexpr HypercallRow rows[] = {
      {HVMOP_set_evtchn_upcall_vector, "set_evtchn_upcall_vector", Caller::any,
       [](Vcpu&, const HypercallArguments& arguments) -> HypercallOutcome { return static_cast<i64>(arguments[1]); }},
  };
  return rows;
}
std::span<const DomctlRow> domctl_rows() {
  static constexpr DomctlRow rows[] = {{XEN_DOMCTL_cacheflush, "cacheflush", domctl_operations::flush_caches}};
  return rows;
}
std::span<const SysctlRow> sysctl_rows() { return {}; }
std::span<const PlatformRow> platform_rows() { return {}; }

std::string_view guest_types() { return "fake-1.0 "; }
u32 feature_map(const Domain& domain) { return domain.is_hardware() ? 1u << XENFEAT_dom0 : 0; }

// Guest-virtual addresses are host addresses here: the frame that they lie in is looked for in the guest-physical map.
Result<GuestPhysical> translate_guest(Vcpu& vcpu, GuestVirtual address) {
  Mfn mfn = xenolith::fake::arena_frame(reinterpret_cast<const void*>(address.raw()));
  arch::P2m& map = vcpu.domain().p2m();
  for (Gfn gfn{0}; mfn != invalid_mfn && gfn <= map.maximum(); ++gfn)
    if (map.lookup(gfn).mfn == mfn) return address_of(gfn) + offset_in_page(address);
  return Failure{XEN_EFAULT};
}

bool has_deliverable_interrupt(Vcpu&) { return xenolith::fake::control_record().interrupt_is_deliverable; }
Result<void> bring_up_vcpu(Vcpu& vcpu) {
  vcpu.resume(Vcpu::down);
  return {};
}
Result<void> initialise_vcpu(Vcpu&, Vcpu&, GuestVirtual) { return Failure{XEN_EEXIST}; }
Result<void> send_nmi(Vcpu&) {
  ++xenolith::fake::control_record().nmis;
  return {};
}
Result<u64> physical_id(Vcpu&) { return Failure{XEN_EINVAL}; }
Result<void> share_vcpu_time(Vcpu& caller, Vcpu&, GuestVirtual place) {
  if (translate_guest(caller, place).failed()) return Failure{XEN_EFAULT};
  return {};
}

Result<void> set_event_callback(Domain&, u64 value) {
  if (value == ~u64{0}) return Failure{XEN_EINVAL};
  xenolith::fake::control_record().event_callback = value;
  return {};
}
void flush_guest_tlbs(Domain&) { ++xenolith::fake::control_record().tlb_flushes; }

CpuPlace place_of(CpuId cpu) { return {.core = cpu.raw(), .socket = 0, .node = 0}; }
void describe_machine(xen_sysctl_physinfo& info) {
  info.threads_per_core = info.cores_per_socket = 1;
  info.cpu_khz = 1'000'000;
  info.capabilities = XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_hap;
}
void describe_cpu(CpuId cpu, xenpf_pcpuinfo& info) { info.apic_id = info.acpi_id = cpu.raw(); }
void describe_cpu_version(CpuId, xenpf_pcpu_version& version) { std::memcpy(version.vendor_id, "FakeMachine ", 12); }
Result<void> enter_sleep_state(const xenpf_enter_acpi_sleep& request) {
  if (request.sleep_state > 5) return Failure{XEN_EINVAL};
  xenolith::fake::control_record().sleep_state = request.sleep_state;
  return {};
}

Result<void> complete_configuration(xen_domctl_createdomain& configuration) {
  bool fits = (configuration.flags & XEN_DOMCTL_CDF_hvm) && configuration.max_vcpus - 1 < 128;
  return fits ? Result<void>{} : Failure{XEN_EINVAL};
}
unsigned guest_address_bits(const Domain&) { return 40; }

}  // namespace arch
}  // namespace xenolith
