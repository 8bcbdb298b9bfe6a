// SPDX-License-Identifier: MIT
#include <arch/domain_state.hpp>

#include <arch/domain.hpp>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/exits.hpp"
#include "arch/x86/hvm/extended_state.hpp"
#include "arch/x86/hvm/guest_tsc.hpp"
#include "arch/x86/hvm/guest_view.hpp"
#include "arch/x86/hvm/initial_state.hpp"
#include "arch/x86/hvm/msr.hpp"
#include "core/base/log.hpp"
#include "core/domain/domain.hpp"
#include "core/time/clock.hpp"

namespace xenolith::arch {

Result<Own<DomainState>> create_domain_state(Domain& domain) { return DomainState::create(domain); }

Result<Own<DomainState>> DomainState::create(Domain& domain) {
  u64 bytes = domain.max_vcpus() * sizeof(vapic::ApicBus::Slot);
  HeapPages slots = TRY(HeapPages::allocate(bytes > page_size ? 1 : 0));
  return make<DomainState>(domain, std::move(slots));
}

DomainState::DomainState(Domain& domain, HeapPages slots)
    : slots_{std::move(slots)},
      bus_{std::span{slots_.as<vapic::ApicBus::Slot>(), domain.max_vcpus()}, apic_id_shift} {}
DomainState::~DomainState() = default;

Result<void> DomainState::add_io_apic(const vapic::IoApic::Configuration& configuration, vapic::IoApicPort& port) {
  if (io_apic_count_ == most_io_apics) return Failure{XEN_ENOSPC};
  io_apics_[io_apic_count_] = TRY(vapic::IoApic::create(configuration, bus_, port));
  ++io_apic_count_;
  return {};
}

Result<Own<VcpuState>> create_vcpu_state(Vcpu& vcpu) {
  if (!hvm::vendor()) return Failure{XEN_ENODEV};
  HeapPages apic_page;
  if (hvm::vendor()->delivers_interrupts()) apic_page = TRY(HeapPages::allocate());
  return make<VcpuState>(vcpu, std::move(apic_page));
}

// What needs the vCPU's arch() to be in place.
Result<void> complete_vcpu_state(Vcpu& vcpu) {
  TRY(hvm::create_extended_state(vcpu));
  vcpu.arch().hardware = TRY(hvm::vendor()->create_vcpu(vcpu));
  if (!vcpu.domain().arch().apic_bus().attach(vcpu.id().raw(), vcpu.arch().apic)) return Failure{XEN_EEXIST};
  hvm::set_initial_state(vcpu);
  hvm::set_guest_tsc(vcpu, vcpu.domain().arch().tsc.counter);
  return hvm::complete_guest_view(vcpu);
}

VcpuState::VcpuState(Vcpu& vcpu, HeapPages page)
    : apic_page{std::move(page)},
      apic{vapic::LocalApic::Configuration{.id = vapic::ApicId{vcpu.id().raw() << apic_id_shift},
                                           .bootstrap = vcpu.id().raw() == 0,
                                           .registers = apic_page ? apic_page.as<u32>() : nullptr},
           *this, vcpu.domain().arch().apic_bus()},
      vcpu_{vcpu},
      apic_timer_{[](void* state) { static_cast<VcpuState*>(state)->apic.timer_fired(); }, this} {}

VcpuState::~VcpuState() {
  apic_timer_.stop_sync();
  if (hardware) hardware->destroy();
}

// A vCPU that VCPUOP_down has stopped takes an INIT all the same: it runs as far as to perform it, and is down again.
void VcpuState::wake() {
  if (apic.has_init() && (vcpu_.stops() & Vcpu::down)) vcpu_.resume(Vcpu::down);
  vcpu_.kick();
}
void VcpuState::release() { vcpu_.resume(Vcpu::down); }
void VcpuState::init() { vcpu_.stop(Vcpu::down); }
void VcpuState::start(u8 page) { hvm::set_startup_state(vcpu_, page); }
void VcpuState::end_of_interrupt(Vector vector) { vcpu_.domain().arch().io_apics().end_of_interrupt(vector); }
SystemTime VcpuState::now() { return xenolith::now(); }
void VcpuState::set_timer(SystemTime deadline) {
  apic_timer_.move(arch::this_cpu());
  apic_timer_.set(deadline);
}
SystemTime VcpuState::time_of_tsc(u64 tsc) { return hvm::time_of_guest_tsc(vcpu_, tsc); }

}  // namespace xenolith::arch
