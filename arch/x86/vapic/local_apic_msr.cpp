// SPDX-License-Identifier: MIT
// LocalApic's model-specific registers: IA32_APIC_BASE, the x2APIC range and the TSC deadline.
#include "arch/x86/vapic/apic_bus.hpp"
#include "arch/x86/vapic/local_apic.hpp"
#include "arch/x86/vapic/register_rules.hpp"

namespace xenolith::vapic {

namespace {
constexpr u64 base_bootstrap = u64{1} << 8, base_x2apic = u64{1} << 10, base_enable = u64{1} << 11;
}

MsrOutcome LocalApic::read_msr(u32 number, u64& value) {
  if (number == msr_base) {
    value = base();
    return MsrOutcome::done;
  }
  if (number == msr_tsc_deadline) {
    if (!configuration_.tsc_deadline) return MsrOutcome::general_protection;
    value = timer_.tsc_deadline();
    return MsrOutcome::done;
  }
  if (number < msr_x2apic_first || number > msr_x2apic_last) return MsrOutcome::general_protection;
  return read_x2apic(static_cast<ApicRegister>(number - msr_x2apic_first), value);
}

MsrOutcome LocalApic::write_msr(u32 number, u64 value) {
  if (number == msr_base) return write_base(value);
  if (number == msr_tsc_deadline) {
    if (!configuration_.tsc_deadline) return MsrOutcome::general_protection;
    if (timer_.set_tsc_deadline(value)) deliver_local(ApicRegister::lvt_timer);
    return MsrOutcome::done;
  }
  if (number < msr_x2apic_first || number > msr_x2apic_last) return MsrOutcome::general_protection;
  return write_x2apic(static_cast<ApicRegister>(number - msr_x2apic_first), value);
}

MsrOutcome LocalApic::read_x2apic(ApicRegister number, u64& value) {
  if (mode_ != ApicMode::x2apic || !(rule_of(number).access & RegisterRule::x2apic_read))
    return MsrOutcome::general_protection;
  value = read_register(number);
  if (number == ApicRegister::command_low) value |= u64{page_.get(ApicRegister::command_high)} << 32;
  return MsrOutcome::done;
}

MsrOutcome LocalApic::write_x2apic(ApicRegister number, u64 value) {
  const RegisterRule& rule = rule_of(number);
  if (mode_ != ApicMode::x2apic || !(rule.access & RegisterRule::x2apic_write)) return MsrOutcome::general_protection;
  u64 allowed = writable_bits(number) | rule.ignored;
  if (number == ApicRegister::command_low) allowed |= u64{0xffff'ffff} << 32;
  if (value & ~allowed) return MsrOutcome::general_protection;
  u32 low = static_cast<u32>(value) & writable_bits(number);
  if (number == ApicRegister::command_low) {
    u32 destination = static_cast<u32>(value >> 32);
    page_.set(ApicRegister::command_high, destination);
    page_.set(ApicRegister::command_low, low);
    send_command(low, destination);
  } else if (number == ApicRegister::self_ipi) {
    if (low < first_interrupt_vector.raw()) raise_error(error_send_vector);
    else accept(Vector{static_cast<u8>(low)});
  } else {
    write_register(number, low);
  }
  return MsrOutcome::done;
}

u64 LocalApic::base() const {
  u64 value = mmio_base.raw() | (configuration_.bootstrap ? base_bootstrap : 0);
  if (mode_ != ApicMode::disabled) value |= base_enable;
  if (mode_ == ApicMode::x2apic) value |= base_x2apic;
  return value;
}

// The mode that a value of IA32_APIC_BASE asks for; nothing if no value may be so. The bootstrap bit says who we are
// and is not the guest's to change: writes of it are ignored.
std::optional<ApicMode> LocalApic::mode_of(u64 value) const {
  u64 flags = value & (base_enable | base_x2apic);
  if ((value & ~(base_bootstrap | flags)) != mmio_base.raw()) return std::nullopt;
  if (flags == 0) return ApicMode::disabled;
  if (flags == base_enable) return ApicMode::xapic;
  if (flags == base_x2apic || !configuration_.x2apic) return std::nullopt;
  return ApicMode::x2apic;
}

// Source: Intel SDM volume 3, "x2APIC State Transitions".
MsrOutcome LocalApic::write_base(u64 value) {
  auto mode = mode_of(value);
  if (!mode) return MsrOutcome::general_protection;
  if (mode_ == ApicMode::disabled && *mode == ApicMode::x2apic) return MsrOutcome::general_protection;
  if (mode_ == ApicMode::x2apic && *mode == ApicMode::xapic) return MsrOutcome::general_protection;
  if (*mode != mode_) switch_mode(*mode);
  return MsrOutcome::done;
}

void LocalApic::switch_mode(ApicMode mode) {
  mode_ = mode;
  if (mode == ApicMode::x2apic) {
    set_identity();
    publish();
  } else {
    reset_registers();
  }
}

}  // namespace xenolith::vapic
