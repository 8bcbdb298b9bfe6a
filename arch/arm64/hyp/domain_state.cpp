// SPDX-License-Identifier: MIT
#include <arch/domain.hpp>
#include <arch/domain_state.hpp>

#include "arch/arm64/hyp/guest_layout.hpp"
#include "arch/arm64/hyp/stage2.hpp"
#include "arch/arm64/hyp/vcpu_start.hpp"
#include "arch/arm64/vgic/affinity.hpp"
#include "core/base/log.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::arch {

Result<Own<DomainState>> create_domain_state(Domain& domain) { return DomainState::create(domain); }

// VMIDs are used again: what the last user's translations left goes here.
Result<Own<DomainState>> DomainState::create(Domain& domain) {
  u16 vmid = TRY(stage2::take_vmid());
  Result<Own<DomainState>> made = make<DomainState>(vmid);
  if (made.failed()) {
    stage2::put_vmid(vmid);
    return made;
  }
  stage2::forget(u64{vmid} << 48 | address_of(domain.p2m().root()).raw());
  if (domain.is_hardware()) return made;
  vgic::DomainGic::Configuration gic = guest_layout::gic_of(domain);
  TRY((*made)->create_gic(domain, gic));
  if (gic.version == gic::Version::v2) TRY(guest_layout::map_cpu_interface(domain, GuestPhysical{GUEST_GICC_BASE}));
  return made;
}

DomainState::~DomainState() {
  uart_.reset();
  gic_.reset();
  stage2::put_vmid(vmid_);
}

Result<void> DomainState::create_gic(Domain& domain, const vgic::DomainGic::Configuration& configuration) {
  gic_ = TRY(vgic::DomainGic::create(domain, configuration));
  return {};
}

Result<void> DomainState::create_uart(Domain& domain, GuestPhysical at, gic::Intid interrupt) {
  uart_ = TRY(make<vuart::DomainUart>(domain, at, interrupt));
  return {};
}

Result<Port> DomainState::create_served_uart(Domain& domain, Gfn ring, DomainId console) {
  auto made = TRY(make<vuart::DomainUart>(domain, GuestPhysical{GUEST_PL011_BASE}, gic::Intid{GUEST_VPL011_SPI}));
  Port port = TRY(made->connect(ring, console));
  uart_ = std::move(made);
  return port;
}

Result<Own<VcpuState>> create_vcpu_state(Vcpu& vcpu) {
  if (!vcpu.domain().arch().has_gic()) return Failure{XEN_ENODEV};
  return make<VcpuState>(vcpu);
}

Result<void> complete_vcpu_state(Vcpu&) { return {}; }

VcpuState::VcpuState(Vcpu& vcpu) : timer{vcpu}, interrupts{vcpu.domain().arch().gic().cpu(vcpu.id().raw())} {
  constexpr u64 multiprocessor = bit(31);
  system.vmpidr_el2 = multiprocessor | vgic::affinity_of(vcpu.id().raw());
}

void dump_vcpu(Vcpu& vcpu) {
  const VcpuState& state = vcpu.arch();
  const GuestRegisters& r = state.registers;
  log_error("PC:     [<{:016x}>]   CONTEXT: guest (d{}v{})", r.pc, vcpu.domain().id(), vcpu.id());
  log_error("PSTATE: {:016x}   upcall pending {}", r.pstate, vcpu.upcall_pending());
  for (unsigned i = 0; i < 30; i += 3)
    log_error("x{:<2}: {:016x}   x{:<2}: {:016x}   x{:<2}: {:016x}", i, r.x[i], i + 1, r.x[i + 1], i + 2, r.x[i + 2]);
  const SystemContext& s = state.system;
  log_error("x30: {:016x}   SP_EL1: {:016x}   SP_EL0: {:016x}", r.x[30], s.sp_el1, s.sp_el0);
  log_error("SCTLR: {:016x}   TCR: {:016x}   VBAR: {:016x}", s.sctlr_el1, s.tcr_el1, s.vbar_el1);
  log_error("TTBR0: {:016x}   TTBR1: {:016x}", s.ttbr0_el1, s.ttbr1_el1);
  log_error("ESR:   {:016x}   FAR: {:016x}   ELR: {:016x}", s.esr_el1, s.far_el1, s.elr_el1);
}

}  // namespace xenolith::arch
