// SPDX-License-Identifier: MIT
// Moves between registers and memory.
#include "arch/x86/insn/emulation.hpp"

namespace xenolith {
namespace {

u64 swap_bytes(u64 value, unsigned size) { return __builtin_bswap64(value) >> (64 - 8 * size); }

}  // namespace

Outcome emulate_mov(Emulation& e) {
  bool load = e.insn.map == OpcodeMap::primary && (e.insn.opcode & 2);
  if (!load) return e.write_rm(e.size(), e.read_register(e.insn.reg(), e.size()));
  e.write_register(e.insn.reg(), e.size(), PERFORM(e.read_rm(e.size())));
  return Outcome::done();
}

Outcome emulate_mov_immediate(Emulation& e) {
  if (e.insn.has_modrm) return e.write_rm(e.size(), e.insn.immediate);
  e.write_register(e.insn.opcode_register(), e.size(), e.insn.immediate);
  return Outcome::done();
}

Outcome emulate_mov_offset(Emulation& e) {
  if (e.insn.opcode & 2) return e.write_rm(e.size(), e.accumulator(e.size()));
  e.write_accumulator(e.size(), PERFORM(e.read_rm(e.size())));
  return Outcome::done();
}

// MOVSXD (63), MOVZX (0F B6, B7) and MOVSX (0F BE, BF). 63 outside 64-bit mode is ARPL.
Outcome emulate_mov_extend(Emulation& e) {
  bool doubleword = e.insn.map == OpcodeMap::primary;
  if (doubleword && e.insn.code_size != CodeSize::bits64) return Outcome::unhandleable();
  unsigned source_size = doubleword ? (e.size() < 4 ? e.size() : 4) : (e.insn.opcode & 1) + 1;
  u64 value = PERFORM(e.read_rm(source_size));
  bool is_signed = doubleword || (e.insn.opcode & 8);
  e.write_register(e.insn.reg(), e.size(), is_signed ? sign_extend(value, source_size) : value);
  return Outcome::done();
}

// With F2 or F3 this is CRC32, and with a register operand it does not exist.
Outcome emulate_movbe(Emulation& e) {
  if (e.insn.repeat != Repeat::none) return Outcome::unhandleable();
  if (!e.insn.memory) return Outcome::raise(exception::invalid_opcode);
  if (e.insn.opcode & 1) return e.write_rm(e.size(), swap_bytes(e.read_register(e.insn.reg(), e.size()), e.size()));
  e.write_register(e.insn.reg(), e.size(), swap_bytes(PERFORM(e.read_rm(e.size())), e.size()));
  return Outcome::done();
}

Outcome emulate_lea(Emulation& e) {
  if (!e.insn.memory) return Outcome::raise(exception::invalid_opcode);
  e.write_register(e.insn.reg(), e.size(), e.effective_offset());
  return Outcome::done();
}

// The operand is read and a 32-bit target loses its upper half whether the condition holds or not.
Outcome emulate_cmov(Emulation& e) {
  u64 value = PERFORM(e.read_rm(e.size()));
  bool moves = condition_holds(e.insn.opcode & 0xf, e.regs.rflags);
  e.write_register(e.insn.reg(), e.size(), moves ? value : e.read_register(e.insn.reg(), e.size()));
  return Outcome::done();
}

Outcome emulate_setcc(Emulation& e) { return e.write_rm(1, condition_holds(e.insn.opcode & 0xf, e.regs.rflags)); }

Outcome emulate_nothing(Emulation&) { return Outcome::done(); }

}  // namespace xenolith
