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
using Kind = ControlAccess::Kind;

// The instruction, as the hardware told it or decoded.
struct Request {
  ControlAccess access;
  unsigned length = 0;
  CodeSize code_size = CodeSize::bits64;
  unsigned operand_size = 0;  // of SMSW
};

// What performs an instruction returns the vector of the exception where it faults, with error code 0 for #GP.

u64 register_operand(Vcpu& vcpu, const Request& request) {
  u64 value = vcpu.arch().registers.get(request.access.gpr);
  return request.code_size == CodeSize::bits64 ? value : value & 0xffffffff;
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

std::optional<u8> move_to(Vcpu& vcpu, const Request& request) {
  u64 value = register_operand(vcpu, request);
  const CpuidPolicy& policy = cpuid_policy(vcpu.domain());
  ControlRegisters now = vcpu.arch().hardware->controls();
  switch (request.access.number) {
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

std::optional<u8> move_from(Vcpu& vcpu, const Request& request) {
  ControlRegisters now = vcpu.arch().hardware->controls();
  u64 value;
  switch (request.access.number) {
    case 0: value = now.cr0; break;
    case 2: value = now.cr2; break;
    case 3: value = now.cr3; break;
    case 4: value = now.cr4; break;
    case 8: value = vcpu.arch().apic.cr8(); break;
    default: return invalid_opcode;
  }
  if (request.code_size != CodeSize::bits64) value &= 0xffffffff;
  vcpu.arch().registers.set(request.access.gpr, value);
  return {};
}

std::optional<u8> clear_task_switched(Vcpu& vcpu, const Request&) {
  return write_cr0(vcpu, vcpu.arch().hardware->controls().cr0 & ~u64{cr0::ts});
}

std::optional<u8> load_status(Vcpu& vcpu, const Request& request) {
  return write_cr0(vcpu, cr0_after_lmsw(vcpu.arch().hardware->controls().cr0, request.access.status));
}

std::optional<u8> store_status(Vcpu& vcpu, const Request& request) {
  u64 value = vcpu.arch().hardware->controls().cr0;
  GuestRegisters& registers = vcpu.arch().registers;
  Gpr target = request.access.gpr;
  if (request.operand_size == 2) value = (registers.get(target) & ~u64{0xffff}) | (value & 0xffff);
  else if (request.operand_size == 4) value &= 0xffffffff;
  registers.set(target, value);
  return {};
}

std::optional<u8> unknown(Vcpu&, const Request&) { return invalid_opcode; }

// By Kind.
constexpr std::optional<u8> (*performers[])(Vcpu&, const Request&) = {unknown,    move_to,     move_from, clear_task_switched,
                                                                      load_status, store_status};

void perform(Vcpu& vcpu, const Request& request) {
  std::optional<u8> fault = performers[static_cast<unsigned>(request.access.kind)](vcpu, request);
  if (!fault) return advance(vcpu, request.length);
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

struct Row {
  ExitKind instruction;
  Kind kind;
};
constexpr Row rows[] = {{ExitKind::mov_to_cr, Kind::move_to},
                        {ExitKind::mov_from_cr, Kind::move_from},
                        {ExitKind::clts, Kind::clear_task_switched},
                        {ExitKind::lmsw, Kind::load_status},
                        {ExitKind::smsw, Kind::store_status}};

// Its faults are raised here; then rip must not move. An SMSW with a memory operand the emulator would have to know; hardware
// that lets reads of CR0 exit is not in use.
void perform_decoded(Vcpu& vcpu, Kind kind, const Instruction& instruction) {
  Request request{.access = {.kind = kind, .gpr = static_cast<Gpr>(instruction.rm())},
                  .length = instruction.length,
                  .code_size = instruction.code_size,
                  .operand_size = instruction.operand_size};
  if (kind == Kind::move_to || kind == Kind::move_from) {
    request.access.number = static_cast<u8>(control_register(instruction));
  } else if (kind == Kind::load_status) {
    Attempt<u16> operand = status_operand(vcpu, instruction);
    if (operand.stopped()) return raise_outcome(vcpu, operand.outcome());
    request.access.status = operand.take();
  } else if (kind == Kind::store_status && instruction.memory) {
    request.access.kind = Kind::unknown;
  }
  perform(vcpu, request);
}

}  // namespace

void apply_controls(Vcpu& vcpu, const ControlRegisters& before, const ControlRegisters& after) {
  VendorVcpu& hardware = *vcpu.arch().hardware;
  if (before.efer != after.efer) hardware.set_efer(after.efer);
  if (before.cr0 != after.cr0) hardware.set_cr0(after.cr0);
  if (before.cr3 != after.cr3) hardware.set_cr3(after.cr3);
  if (before.cr4 != after.cr4) hardware.set_cr4(after.cr4);
  if (changes_translations(before, after)) hardware.flush_tlb();
}

// Without the hardware's word the instruction is decoded. Bytes that are none of these have been changed since the exit: the guest
// runs on with the new ones.
void handle_control_register(Vcpu& vcpu, const Exit& exit) {
  CodeSize size = code_size(*vcpu.arch().hardware);
  if (exit.control.kind != Kind::unknown && exit.instruction_length)
    return perform(vcpu, {.access = exit.control, .length = exit.instruction_length, .code_size = size});
  std::array<u8, max_instruction_length> bytes;
  size_t count = fetch_instruction_bytes(vcpu, bytes);
  for (const Row& row : rows)
    if (auto instruction = exit_instruction(row.instruction, std::span{bytes}.first(count), size))
      return perform_decoded(vcpu, row.kind, *instruction);
}

}  // namespace xenolith::hvm
