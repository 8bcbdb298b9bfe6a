// SPDX-License-Identifier: MIT
// Exchanges and bit tests: what kernels do under a LOCK prefix.
#include "arch/x86/insn/emulation.hpp"

namespace xenolith {
namespace {

Outcome bit_operation(Emulation& e, BitOperation operation, unsigned index, u64 bias) {
  u64 flags = e.regs.rflags;
  auto change = [&](u64 old) {
    Computed result = change_bit(operation, old, index, e.regs.rflags);
    flags = result.flags;
    return result.value;
  };
  if (operation != BitOperation::test) {
    PERFORM(e.modify_rm(e.size(), e.insn.lock, change, bias));
  } else if (e.insn.memory) {
    change(PERFORM(e.read(e.insn.memory->segment, e.effective_offset(bias), e.size())));
  } else {
    change(e.read_register(e.insn.rm(), e.size()));
  }
  e.regs.rflags = flags;
  return Outcome::done();
}

// CMPXCHG8B: edx:eax against a quadword, ecx:ebx into it. Only the zero flag changes.
Outcome compare_exchange_quadword(Emulation& e) {
  u64 expected = e.regs.edx_eax();
  u64 desired = (u64{e.regs.ecx()} << 32) | e.regs.ebx();
  u64 old = PERFORM(e.modify_rm(8, e.insn.lock, [&](u64 held) { return held == expected ? desired : held; }));
  e.regs.rflags &= ~rflags_bit::zero;
  if (old == expected) e.regs.rflags |= rflags_bit::zero;
  else e.regs.set_edx_eax(old);
  return Outcome::done();
}

}  // namespace

// XCHG with memory is locked without a prefix. AMD64 APM volume 3, "XCHG".
Outcome emulate_xchg(Emulation& e) {
  u64 given = e.read_register(e.insn.reg(), e.size());
  u64 old = PERFORM(e.modify_rm(e.size(), true, [&](u64) { return given; }));
  e.write_register(e.insn.reg(), e.size(), old);
  return Outcome::done();
}

// Without REX.B, 90 is NOP (or PAUSE) and not an exchange of eax with itself.
Outcome emulate_xchg_accumulator(Emulation& e) {
  unsigned other = e.insn.opcode_register();
  if (other == 0) return Outcome::done();
  u64 given = e.accumulator(e.size());
  e.write_accumulator(e.size(), e.read_register(other, e.size()));
  e.write_register(other, e.size(), given);
  return Outcome::done();
}

// The sum wins if both operands are the same register.
Outcome emulate_xadd(Emulation& e) {
  u64 addend = e.read_register(e.insn.reg(), e.size());
  Computed sum;
  u64 old = PERFORM(e.modify_rm(e.size(), e.insn.lock, [&](u64 held) {
    sum = compute(BinaryOperation::add, held, addend, e.size(), e.regs.rflags);
    return sum.value;
  }));
  e.write_register(e.insn.reg(), e.size(), old);
  if (!e.insn.memory) e.write_register(e.insn.rm(), e.size(), sum.value);
  e.regs.rflags = sum.flags;
  return Outcome::done();
}

// A failed comparison writes the old value back to memory, as the processor does, but leaves a register alone: a 32-bit
// register keeps its upper half.
Outcome emulate_cmpxchg(Emulation& e) {
  u64 expected = e.accumulator(e.size());
  u64 desired = e.read_register(e.insn.reg(), e.size());
  u64 old = e.insn.memory ? 0 : e.read_register(e.insn.rm(), e.size());
  if (e.insn.memory || old == expected)
    old = PERFORM(e.modify_rm(e.size(), e.insn.lock, [&](u64 held) { return held == expected ? desired : held; }));
  if (old != expected) e.write_accumulator(e.size(), old);
  e.regs.rflags = compute(BinaryOperation::cmp, expected, old, e.size(), e.regs.rflags).flags;
  return Outcome::done();
}

// Only CMPXCHG8B; its 16-byte form does not fit the port's accesses.
Outcome emulate_group9(Emulation& e) {
  bool quadword = e.insn.group() == 1 && e.insn.memory && !e.insn.rex_w();
  return quadword ? compare_exchange_quadword(e) : Outcome::unhandleable();
}

// The bit index of a register is signed and may lie outside the addressed operand: the word that holds it is accessed.
Outcome emulate_bit_register(Emulation& e) {
  auto operation = static_cast<BitOperation>(Bits<4, 3>::get(e.insn.opcode));
  u64 index = sign_extend(e.read_register(e.insn.reg(), e.size()), e.size());
  unsigned bits = 8 * e.size();
  u64 bias = static_cast<u64>(static_cast<i64>(index) >> 3) & ~u64{e.size() - 1};
  return bit_operation(e, operation, static_cast<unsigned>(index & (bits - 1)), bias);
}

Outcome emulate_group8(Emulation& e) {
  if (e.insn.group() < 4) return Outcome::raise(exception::invalid_opcode);
  auto operation = static_cast<BitOperation>(e.insn.group() - 4);
  unsigned bits = 8 * e.size();
  return bit_operation(e, operation, static_cast<unsigned>(e.insn.immediate & (bits - 1)), 0);
}

}  // namespace xenolith
