// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/msr.hpp"

#include <arch/domain_state.hpp>

#include <atomic>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/control_register.hpp"
#include "arch/x86/hvm/control_rules.hpp"
#include "arch/x86/hvm/cpuid.hpp"
#include "arch/x86/hvm/exits.hpp"
#include "arch/x86/hvm/guest_tsc.hpp"
#include "arch/x86/hvm/msr_constants.hpp"
#include "arch/x86/hvm/msr_rules.hpp"
#include "arch/x86/time/time.hpp"
#include "core/control/latch_words.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm {
namespace {

using vapic::LocalApic;
using vapic::MsrOutcome;

const CpuidPolicy& policy_of(Vcpu& vcpu) { return cpuid_policy(vcpu.domain()); }

void move_tsc(Vcpu& vcpu, u64 distance) {
  arch::VcpuState& state = vcpu.arch();
  set_guest_tsc(vcpu, {state.tsc.ratio, state.tsc.offset + distance});
  state.tsc_adjust += distance;
  update_vcpu_time(vcpu);
}

Result<void> write_efer(Vcpu& vcpu, u64 value) {
  ControlRegisters now = vcpu.arch().hardware->controls();
  apply_controls(vcpu, now, TRY(with_efer(now, value, policy_of(vcpu).efer_bits())));
  return {};
}

Result<u64> read_apic_msr(arch::VcpuState& state, u32 number) {
  u64 value = 0;
  if (state.apic.read_msr(number, value) == MsrOutcome::done) return value;
  return Failure{XEN_ENODEV};
}

Result<void> write_apic_msr(arch::VcpuState& state, u32 number, u64 value) {
  if (state.apic.write_msr(number, value) == MsrOutcome::done) return {};
  return Failure{XEN_EINVAL};
}

Result<void> write_tsc_aux(arch::VcpuState& state, u64 value) {
  if (value >> 32) return Failure{XEN_EINVAL};
  state.tsc_aux = value;
  write_msr(Msr::tsc_aux, value);
  return {};
}

// SPEC_CTRL is the processor's at the next entry (speculation::before_entry).
Result<void> write_spec_ctrl(arch::VcpuState& state, const CpuidPolicy& policy, u64 value) {
  if (value & ~policy.spec_ctrl_bits()) return Failure{XEN_EINVAL};
  state.speculation_state.spec_ctrl = value;
  return {};
}

// Registers that can only be written: bit 0 orders, 0 does nothing.
Result<void> write_command(bool exists, u64 value, void (*perform)()) {
  if (!exists || (value & ~u64{1})) return Failure{XEN_EINVAL};
  if (value) perform();
  return {};
}

Result<void> write_hypercall_page_msr(Vcpu& vcpu, u64 value) {
  TRY(write_hypercall_page(vcpu.domain(), value >> page_shift));
  bool is_long = code_size(*vcpu.arch().hardware) == CodeSize::bits64;
  latch_words(vcpu.domain(), is_long ? GuestWordSize::bits64 : GuestWordSize::bits32);
  return {};
}

// What neither the local APIC, the MTRRs nor the hardware keeps.
Result<u64> read_other(Vcpu& vcpu, u32 number) {
  arch::VcpuState& state = vcpu.arch();
  const CpuidPolicy& policy = policy_of(vcpu);
  switch (Msr{number}) {
    case Msr::efer: return state.hardware->controls().efer;
    case Msr::tsc: return guest_tsc(vcpu);
    case Msr::tsc_adjust:
      if (policy.has_tsc_adjust()) return state.tsc_adjust;
      break;
    case Msr::tsc_aux:
      if (policy.has_tsc_aux()) return state.tsc_aux;
      break;
    case Msr::spec_ctrl:
      if (policy.spec_ctrl_bits()) return state.speculation_state.spec_ctrl;
      break;
    case Msr::arch_capabilities:
      if (policy.has_arch_capabilities()) return speculation::capabilities_for_guests();
      break;
    case Msr::bios_sign_id: return read_msr_safe(number).value_or(0);  // kernels on Intel processors read it unasked
    default:
      if (std::optional<ConstantMsr> constant = constant_msr(number, policy.is_amd())) return constant->value;
  }
  return Failure{XEN_ENODEV};
}

Result<void> write_other(Vcpu& vcpu, u32 number, u64 value) {
  arch::VcpuState& state = vcpu.arch();
  const CpuidPolicy& policy = policy_of(vcpu);
  switch (Msr{number}) {
    case Msr::efer: return write_efer(vcpu, value);
    case Msr::tsc: move_tsc(vcpu, value - guest_tsc(vcpu)); return {};
    case Msr::tsc_adjust:
      if (!policy.has_tsc_adjust()) break;
      move_tsc(vcpu, value - state.tsc_adjust);
      return {};
    case Msr::tsc_aux:
      if (policy.has_tsc_aux()) return write_tsc_aux(state, value);
      break;
    case Msr::spec_ctrl:
      if (policy.spec_ctrl_bits()) return write_spec_ctrl(state, policy, value);
      break;
    case Msr::pred_cmd: return write_command(policy.has_pred_cmd(), value, speculation::issue_barrier_for_guest);
    case Msr::flush_cmd: return write_command(policy.has_flush_cmd(), value, speculation::flush_l1d_for_guest);
    case Msr::bios_sign_id: return {};  // cleared before it is read: Intel SDM, "Microcode Update Facilities"
    default:
      if (number == hypercall_page_msr) return write_hypercall_page_msr(vcpu, value);
      if (std::optional<ConstantMsr> constant = constant_msr(number, policy.is_amd()); constant && constant->writable)
        return {};
  }
  return Failure{XEN_ENODEV};
}

// Kernels try registers in vain and often: each number is told once, as far as 256 marks tell numbers apart.
void note_refused(Vcpu& vcpu, const char* what, u32 number) {
  static constinit std::atomic<u64> marks[4];
  u32 hash = number * 0x9e3779b1u >> 24;
  u64 mark = bit(hash % 64);
  if (marks[hash / 64].fetch_or(mark, std::memory_order_relaxed) & mark) return;  // a hint only
  log_guest(LogLevel::debug, "d{}v{}: {} of MSR {:#x} refused", vcpu.domain().id(), vcpu.id(), what, number);
}

}  // namespace

Result<u64> read_guest_msr(Vcpu& vcpu, u32 number) {
  arch::VcpuState& state = vcpu.arch();
  if (LocalApic::handles_msr(number)) return read_apic_msr(state, number);
  if (Mtrrs::handles_msr(number) && policy_of(vcpu).has_mtrr()) return state.mtrrs.read(number);
  Result<u64> kept = state.hardware->read_msr(number);
  if (kept) return kept;
  return read_other(vcpu, number);
}

Result<void> write_guest_msr(Vcpu& vcpu, u32 number, u64 value) {
  arch::VcpuState& state = vcpu.arch();
  if (LocalApic::handles_msr(number)) return write_apic_msr(state, number, value);
  if (Mtrrs::handles_msr(number) && policy_of(vcpu).has_mtrr())
    return state.mtrrs.write(number, value, policy_of(vcpu).physical_bits());
  if (!is_valid_msr_value(number, value)) return Failure{XEN_EINVAL};
  Result<void> kept = state.hardware->write_msr(number, value);
  if (kept || kept.error() != XEN_ENODEV) return kept;
  return write_other(vcpu, number, value);
}

void load_msrs(Vcpu& vcpu) {
  if (policy_of(vcpu).has_tsc_aux()) write_msr(Msr::tsc_aux, vcpu.arch().tsc_aux);
}

void initialise_msrs(Vcpu& vcpu) {
  constexpr u64 enabled = bit(11);
  if (!vcpu.domain().is_hardware() || !policy_of(vcpu).has_mtrr()) return;
  Result<u64> type = read_msr_safe(Mtrrs::msr_default_type);
  if (!type || !(*type & enabled)) return;
  for (u32 number = Mtrrs::msr_variable_first; number <= Mtrrs::msr_default_type; ++number) {
    if (!Mtrrs::handles_msr(number)) continue;
    if (Result<u64> value = read_msr_safe(number))
      static_cast<void>(vcpu.arch().mtrrs.write(number, *value, policy_of(vcpu).physical_bits()));
  }
}

void handle_rdmsr(Vcpu& vcpu, const Exit& exit) {
  GuestRegisters& registers = vcpu.arch().registers;
  u32 number = registers.ecx();
  Result<u64> value = read_guest_msr(vcpu, number);
  if (!value) {
    note_refused(vcpu, "reading", number);
    return inject_general_protection(vcpu);
  }
  if (skip_instruction(vcpu, exit, ExitKind::rdmsr)) registers.set_edx_eax(*value);
}

void handle_wrmsr(Vcpu& vcpu, const Exit& exit) {
  GuestRegisters& registers = vcpu.arch().registers;
  u32 number = registers.ecx();
  u64 value = registers.edx_eax();
  // rip moves first: a write may change the mode in which the instruction is decoded.
  u64 rip = registers.rip;
  if (!skip_instruction(vcpu, exit, ExitKind::wrmsr)) return;
  if (write_guest_msr(vcpu, number, value)) return;
  registers.rip = rip;
  note_refused(vcpu, "writing", number);
  inject_general_protection(vcpu);
}

}  // namespace xenolith::hvm
