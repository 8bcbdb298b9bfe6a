// SPDX-License-Identifier: MIT
// Exceptions that the hypervisor makes the guest take to its EL1 (ARM Architecture Reference Manual, section D1.3.1 "Exception entry").
#include <arch/domain_state.hpp>

#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/hyp/exits.hpp"
#include "core/domain/domain.hpp"

namespace xenolith {
namespace {

constexpr u64 ec_unknown = 0x00, ec_data_abort_lower = 0x24, ec_instruction_abort_lower = 0x20, from_same_level = 1;
constexpr u64 instruction_is_32_bits = bit(25), external_abort = 0x10;

u64 vector_offset(const GuestRegisters& registers) {
  if (registers.is_aarch32()) return 0x600;
  if (registers.is_user()) return 0x400;
  return (registers.pstate & 1) ? 0x200 : 0x000;  // with SP_EL1, or SP_EL0
}

// The guest's EL1 registers are in the processor: its vCPU is dispatched here.
void take_exception(Vcpu& vcpu, u64 syndrome) {
  GuestRegisters& registers = vcpu.arch().registers;
  write_register(elr_el1, registers.pc);
  write_register(spsr_el1, registers.pstate);
  write_register(esr_el1, syndrome);
  u64 offset = vector_offset(registers);
  registers.pstate = pstate::at_start;
  registers.pc = read_register(vbar_el1) + offset;
}

}  // namespace

void inject_undefined(Vcpu& vcpu) { take_exception(vcpu, ec_unknown << 26 | instruction_is_32_bits); }

void inject_abort(Vcpu& vcpu, AbortOf kind, u64 address) {
  const GuestRegisters& registers = vcpu.arch().registers;
  bool same_level = !registers.is_user() && !registers.is_aarch32();
  u64 ec = (kind == AbortOf::data ? ec_data_abort_lower : ec_instruction_abort_lower) | (same_level ? from_same_level : 0);
  write_register(far_el1, address);
  take_exception(vcpu, ec << 26 | instruction_is_32_bits | external_abort);
}

}  // namespace xenolith
