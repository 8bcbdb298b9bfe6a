// SPDX-License-Identifier: MIT
// Events on their way into a guest.
#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/vmx/vmx.hpp"
#include "arch/x86/vmx/vmx_vcpu.hpp"

namespace xenolith::vmx {

void VmxVcpu::inject(const hvm::Event& event) {
  constexpr u32 valid_error_bits = 0x7fff;
  event_ = entry_event(event, cr0_ & cr0::pe);
  event_error_ = event.error & valid_error_bits;
}

bool VmxVcpu::can_take_interrupt(u64 flags) const {
  return (flags & rflags::interrupt) && !(blocking_ & blocking::shadow) && !has_event();
}

bool VmxVcpu::can_take_nmi() const { return !has_event() && !(blocking_ & (blocking::shadow | blocking::by_nmi)); }

// Requested vector in the lower half, the one in service in the upper half (Intel SDM volume 3C, section 25.4.2 "Guest Non-Register
// State", "Guest interrupt status").
void VmxVcpu::set_interrupts(const hvm::InterruptStatus& status) {
  if (status == interrupts_) return;
  interrupts_ = status;
  vmcs_.write(Field16::guest_interrupt_status, static_cast<u16>(status.requested | status.in_service << 8));
}

void VmxVcpu::set_ends_that_exit(const std::array<u64, 4>& vectors) {
  for (u32 i = 0; i < vectors.size(); ++i)
    vmcs_.write(static_cast<Field64>(static_cast<u32>(Field64::eoi_exit_bitmap0) + 2 * i), vectors[i]);
}

// The bitmap goes with the control: without it the MSRs that it lets pass would be the host's.
void VmxVcpu::set_apic_access(bool by_x2apic_msrs) {
  if (by_x2apic_msrs == has_apic_msrs_) return;
  has_apic_msrs_ = by_x2apic_msrs;
  vmcs_.write(Field32::secondary_controls, capabilities().controls.secondary | (by_x2apic_msrs ? secondary::x2apic_msrs : 0));
  vmcs_.write(Field64::msr_bitmap, address_of(msr_bitmap(by_x2apic_msrs)).raw());
}

// What was injected is delivered by now, unless the exit interrupted a delivery: of that event or of one of the guest's own.
void VmxVcpu::take_event(const RawExit& raw) {
  u32 interrupted = vmcs_.read(Field32::interrupted_event);
  event_ = event_to_repeat(interrupted);
  if (EventInformation::HasError::get(event_)) event_error_ = vmcs_.read(Field32::interrupted_event_error);
  bool is_nmi = static_cast<EventKind>(EventInformation::Kind::get(event_)) == EventKind::nmi;
  if (event_ && is_nmi) blocking_ &= ~blocking::by_nmi;
  if (!EventInformation::Valid::get(interrupted) && unblocked_nmi(raw)) blocking_ |= blocking::by_nmi;
}

// The processor does not touch DR6 and DR7 when a debug exception makes an exit, as its delivery would have
// (Intel SDM volume 3C, section 28.1 "Architectural State Before a VM Exit").
void VmxVcpu::note_debug_exception(const RawExit& raw) {
  constexpr u64 conditions = 0xf, step_and_access = 1u << 13 | 1u << 14, general_detect = 1u << 13;
  set_dr6((dr6() & ~conditions) | (raw.qualification & (conditions | step_and_access)));
  set_dr7(dr7() & ~general_detect);
}

}  // namespace xenolith::vmx
