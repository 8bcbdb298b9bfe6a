// SPDX-License-Identifier: MIT
// Arithmetic, logic, shifts and multiplication.
#include "arch/x86/insn/emulation.hpp"

namespace xenolith {
namespace {

// Replaces the ModRM.rm operand by what `operation(old)` computes and takes the flags over once that has succeeded.
template <class Operation>
Outcome replace_rm(Emulation& e, Operation operation) {
  u64 flags = e.regs.rflags;
  PERFORM(e.modify_rm(e.size(), e.insn.lock, [&](u64 old) {
    Computed result = operation(old);
    flags = result.flags;
    return result.value;
  }));
  e.regs.rflags = flags;
  return Outcome::done();
}

Outcome binary_to_rm(Emulation& e, BinaryOperation operation, u64 operand) {
  if (operation != BinaryOperation::cmp)
    return replace_rm(e, [&](u64 old) { return compute(operation, old, operand, e.size(), e.regs.rflags); });
  u64 value = PERFORM(e.read_rm(e.size()));
  e.regs.rflags = compute(operation, value, operand, e.size(), e.regs.rflags).flags;
  return Outcome::done();
}

Outcome binary_to_register(Emulation& e, BinaryOperation operation, unsigned target, u64 operand) {
  Computed result = compute(operation, e.read_register(target, e.size()), operand, e.size(), e.regs.rflags);
  if (operation != BinaryOperation::cmp) e.write_register(target, e.size(), result.value);
  e.regs.rflags = result.flags;
  return Outcome::done();
}

Outcome binary_to_accumulator(Emulation& e, BinaryOperation operation) {
  Computed result = compute(operation, e.accumulator(e.size()), e.insn.immediate, e.size(), e.regs.rflags);
  if (operation != BinaryOperation::cmp) e.write_accumulator(e.size(), result.value);
  e.regs.rflags = result.flags;
  return Outcome::done();
}

Outcome test_rm(Emulation& e, u64 operand) {
  u64 value = PERFORM(e.read_rm(e.size()));
  e.regs.rflags = compute(BinaryOperation::bit_and, value, operand, e.size(), e.regs.rflags).flags;
  return Outcome::done();
}

// MUL and IMUL of group 3: the accumulator times the operand, into rdx:rax or, for bytes, ax.
Outcome multiply_accumulator(Emulation& e, bool is_signed) {
  u64 factor = PERFORM(e.read_rm(e.size()));
  WideProduct product = multiply_wide(is_signed, e.accumulator(e.size()), factor, e.size(), e.regs.rflags);
  if (e.size() == 1) {
    e.write_accumulator(2, product.high << 8 | product.low);
  } else {
    e.write_accumulator(e.size(), product.low);
    e.write_full_register(Gpr::rdx, e.size(), product.high);
  }
  e.regs.rflags = product.flags;
  return Outcome::done();
}

}  // namespace

Outcome emulate_arithmetic(Emulation& e) {
  auto operation = static_cast<BinaryOperation>(Bits<5, 3>::get(e.insn.opcode));
  switch (e.insn.opcode & 7) {
    case 0:
    case 1: return binary_to_rm(e, operation, e.read_register(e.insn.reg(), e.size()));
    case 2:
    case 3: return binary_to_register(e, operation, e.insn.reg(), PERFORM(e.read_rm(e.size())));
    default: return binary_to_accumulator(e, operation);
  }
}

Outcome emulate_group1(Emulation& e) {
  return binary_to_rm(e, static_cast<BinaryOperation>(e.insn.group()), e.insn.immediate);
}

Outcome emulate_test(Emulation& e) { return test_rm(e, e.read_register(e.insn.reg(), e.size())); }

Outcome emulate_test_accumulator(Emulation& e) {
  u64 value = e.accumulator(e.size());
  e.regs.rflags = compute(BinaryOperation::bit_and, value, e.insn.immediate, e.size(), e.regs.rflags).flags;
  return Outcome::done();
}

Outcome emulate_group3(Emulation& e) {
  switch (e.insn.group()) {
    case 0:
    case 1: return test_rm(e, e.insn.immediate);
    case 2: return replace_rm(e, [&](u64 old) { return Computed{~old, e.regs.rflags}; });
    case 3: return replace_rm(e, [&](u64 old) { return negate(old, e.size(), e.regs.rflags); });
    case 4: return multiply_accumulator(e, false);
    case 5: return multiply_accumulator(e, true);
    default: return Outcome::unhandleable();
  }
}

Outcome emulate_group45(Emulation& e) {
  bool wide = e.insn.opcode == 0xff;
  switch (e.insn.group()) {
    case 0: return replace_rm(e, [&](u64 old) { return increment(old, e.size(), e.regs.rflags); });
    case 1: return replace_rm(e, [&](u64 old) { return decrement(old, e.size(), e.regs.rflags); });
    case 6: return wide ? emulate_push_rm(e) : Outcome::raise(exception::invalid_opcode);
    case 7: return Outcome::raise(exception::invalid_opcode);
    default: return wide ? Outcome::unhandleable() : Outcome::raise(exception::invalid_opcode);
  }
}

Outcome emulate_imul(Emulation& e) {
  u64 value = PERFORM(e.read_rm(e.size()));
  bool three_operands = e.insn.map == OpcodeMap::primary;
  u64 factor = three_operands ? e.insn.immediate : e.read_register(e.insn.reg(), e.size());
  Computed result = multiply_signed(value, factor, e.size(), e.regs.rflags);
  e.write_register(e.insn.reg(), e.size(), result.value);
  e.regs.rflags = result.flags;
  return Outcome::done();
}

Outcome emulate_shift(Emulation& e) {
  unsigned count = static_cast<u8>(e.insn.immediate);
  if (e.insn.opcode >= 0xd0) count = e.insn.opcode < 0xd2 ? 1 : static_cast<u8>(e.regs.rcx());
  auto operation = static_cast<ShiftOperation>(e.insn.group());
  return replace_rm(e, [&](u64 old) { return shift(operation, old, count, e.size(), e.regs.rflags); });
}

Outcome emulate_shift_double(Emulation& e) {
  bool left = e.insn.opcode < 0xa8;
  unsigned count = e.insn.opcode & 1 ? static_cast<u8>(e.regs.rcx()) : static_cast<u8>(e.insn.immediate);
  u64 filler = e.read_register(e.insn.reg(), e.size());
  return replace_rm(e, [&](u64 old) { return shift_double(left, old, filler, count, e.size(), e.regs.rflags); });
}

}  // namespace xenolith
