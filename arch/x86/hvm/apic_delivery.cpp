// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/apic_delivery.hpp"

#include <arch/domain.hpp>
#include <arch/domain_state.hpp>

#include "core/domain/domain.hpp"

namespace xenolith::hvm {

void hand_over_interrupts(Vcpu& vcpu) {
  arch::VcpuState& state = vcpu.arch();
  vapic::LocalApic::Handover now = state.apic.hand_over();
  state.hardware->set_interrupts({.requested = now.requested, .in_service = now.in_service});
  state.hardware->set_apic_access(state.apic.is_x2apic_enabled());
  if (!now.triggers_changed) return;
  std::array<u64, 4> ends{};
  for (unsigned i = 0; i < ends.size(); ++i)
    ends[i] = state.apic.level_triggered(2 * i) | u64{state.apic.level_triggered(2 * i + 1)} << 32;
  state.hardware->set_ends_that_exit(ends);
}

void take_back_interrupts(Vcpu& vcpu) {
  InterruptStatus now = vcpu.arch().hardware->interrupts();
  vcpu.arch().apic.take_back(now.requested, now.in_service);
}

void handle_end_of_interrupt(Vcpu& vcpu, const Exit& exit) { vcpu.arch().apic.hardware_ended(Vector{exit.vector}); }

// The write is in the page and the instruction has ended; what it does beyond that is left. In x2APIC mode only an interrupt to itself
// with an illegal vector comes here, whose value nobody else writes.
void handle_apic_write(Vcpu& vcpu, const Exit& exit) {
  vapic::LocalApic& apic = vcpu.arch().apic;
  static_cast<void>(apic.write_msr(vapic::LocalApic::msr_x2apic_first + (exit.apic_offset >> 4), apic.raw_register(exit.apic_offset)));
}

}  // namespace xenolith::hvm
