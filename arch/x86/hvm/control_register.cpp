// SPDX-License-Identifier: MIT
// MOV to and from control registers, LMSW, SMSW and CLTS.
#include "arch/x86/hvm/control_register.hpp"

#include <arch/domain_state.hpp>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/control_rules.hpp"
#include "arch/x86/hvm/cpuid.hpp"
#include "arch/x86/hvm/exits.hpp"
#include "arch/x86/hvm/guest_port.hpp"
#include "arch/x86/hvm/guest_walk.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm {
namespace {

constexpr u8 invalid_opcode = 6, general_protection = 13;

// What performs an instruction returns the vector of the exception where it faults, with error code 0 for #GP.

u64 register_operand(Vcpu& vcpu, const Instruction& instruction) {
  u64 value = vcpu.arch().registers.get(static_cast<Gpr>(instruction.rm()));
  return instruction.code_size == CodeSize::bits64 ? value : value & 0xffffffff;
}

bool code_is_long(const VendorVcpu& hardware) { return hardware.segment(Segment::cs).is_long(); }

std::optional<u8> change(Vcpu& vcpu, const ControlRegisters& now, const Result<ControlRegisters>& next) {
  if (!next) return general_protection;
  apply_controls(vcpu, now, *next);
  return {};
}

std::optional<u8> write_cr0(Vcpu& vcpu, u64 value) {
  const VendorVcpu& hardware = *vcpu.arch().hardware;
  ControlRegisters now = hardware.controls();
  return change(vcpu, now, with_cr0(now, value, code_is_long(hardware)));
}

std::optional<u8> move_to(Vcpu& vcpu, const Instruction& instruction) {
  u64 value = register_operand(vcpu, instruction);
  const CpuidPolicy& policy = cpuid_policy(vcpu.domain());
  ControlRegisters now = vcpu.arch().hardware->controls();
  switch (control_register(instruction)) {
    case 0: return write_cr0(vcpu, value);
    case 2: vcpu.arch().hardware->set_cr2(value); return {};
    case 3: {
      std::optional<u8> fault = change(vcpu, now, with_cr3(now, value, policy.physical_bits()));
      if (!fault) vcpu.arch().hardware->flush_tlb();  // also when the value stays the same
      return fault;
    }
    case 4: return change(vcpu, now, with_cr4(now, value, policy.cr4_bits()));
    case 8:
      if (value > 15) return general_protection;
      vcpu.arch().apic.set_cr8(static_cast<u8>(value));
      return {};
    default: return invalid_opcode;
  }
}

std::optional<u8> move_from(Vcpu& vcpu, const Instruction& instruction) {
  ControlRegisters now = vcpu.arch().hardware->controls();
  u64 value;
  switch (control_register(instruction)) {
    case 0: value = now.cr0; break;
    case 2: value = now.cr2; break;
    case 3: value = now.cr3; break;
    case 4: value = now.cr4; break;
    case 8: value = vcpu.arch().apic.cr8(); break;
    default: return invalid_opcode;
  }
  if (instruction.code_size != CodeSize::bits64) value &= 0xffffffff;
  vcpu.arch().registers.set(static_cast<Gpr>(instruction.rm()), value);
  return {};
}

std::optional<u8> clear_task_switched(Vcpu& vcpu, const Instruction&) {
  return write_cr0(vcpu, vcpu.arch().hardware->controls().cr0 & ~u64{cr0::ts});
}

void finish(Vcpu& vcpu, const Instruction& instruction, std::optional<u8> fault) {
  if (!fault) return advance(vcpu, instruction.length);
  if (*fault == general_protection) return inject_general_protection(vcpu);
  inject_exception(vcpu, *fault);
}

// The operand of LMSW: a register, or a word of memory, which is read as MOV r16, r/m16 does into a copy of the
// registers.
Attempt<u16> status_operand(Vcpu& vcpu, const Instruction& instruction) {
  if (!instruction.memory) return static_cast<u16>(vcpu.arch().registers.get(static_cast<Gpr>(instruction.rm())));
  Instruction load = instruction;
  load.map = OpcodeMap::primary;
  load.opcode = 0x8b;
  load.operand_size = 2;
  GuestRegisters scratch = vcpu.arch().registers;
  GuestPort port{vcpu};
  PERFORM(emulate(load, scratch, execution_state(vcpu), port));
  return static_cast<u16>(scratch.get(static_cast<Gpr>(instruction.reg())));
}

// Its faults are raised here; then rip must not move.
void load_status_word(Vcpu& vcpu, const Instruction& instruction) {
  Attempt<u16> operand = status_operand(vcpu, instruction);
  if (operand.stopped()) return raise_outcome(vcpu, operand.outcome());
  u64 value = cr0_after_lmsw(vcpu.arch().hardware->controls().cr0, operand.take());
  finish(vcpu, instruction, write_cr0(vcpu, value));
}

// With a memory operand the emulator would have to know it; hardware that lets reads of CR0 exit is not in use.
std::optional<u8> store_status_word(Vcpu& vcpu, const Instruction& instruction) {
  if (instruction.memory) return invalid_opcode;
  Gpr target = static_cast<Gpr>(instruction.rm());
  u64 value = vcpu.arch().hardware->controls().cr0;
  GuestRegisters& registers = vcpu.arch().registers;
  if (instruction.operand_size == 2) value = (registers.get(target) & ~u64{0xffff}) | (value & 0xffff);
  else if (instruction.operand_size == 4) value &= 0xffffffff;
  registers.set(target, value);
  return {};
}

template <std::optional<u8> (*perform)(Vcpu&, const Instruction&)>
void run(Vcpu& vcpu, const Instruction& instruction) {
  finish(vcpu, instruction, perform(vcpu, instruction));
}

struct Row {
  ExitKind kind;
  void (*run)(Vcpu&, const Instruction&);
};
constexpr Row rows[] = {
    {ExitKind::mov_to_cr, run<move_to>},          {ExitKind::mov_from_cr, run<move_from>},
    {ExitKind::clts, run<clear_task_switched>},   {ExitKind::lmsw, load_status_word},
    {ExitKind::smsw, run<store_status_word>},
};

}  // namespace

void apply_controls(Vcpu& vcpu, const ControlRegisters& before, const ControlRegisters& after) {
  VendorVcpu& hardware = *vcpu.arch().hardware;
  if (before.efer != after.efer) hardware.set_efer(after.efer);
  if (before.cr0 != after.cr0) hardware.set_cr0(after.cr0);
  if (before.cr3 != after.cr3) hardware.set_cr3(after.cr3);
  if (before.cr4 != after.cr4) hardware.set_cr4(after.cr4);
  if (changes_translations(before, after)) hardware.flush_tlb();
}

// Bytes that are none of these have been changed since the exit: the guest runs on with the new ones.
void handle_control_register(Vcpu& vcpu, const Exit&) {
  std::array<u8, max_instruction_length> bytes;
  size_t count = fetch_instruction_bytes(vcpu, bytes);
  CodeSize size = code_size(*vcpu.arch().hardware);
  for (const Row& row : rows)
    if (auto instruction = exit_instruction(row.kind, std::span{bytes}.first(count), size))
      return row.run(vcpu, *instruction);
}

}  // namespace xenolith::hvm
