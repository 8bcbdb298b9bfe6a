// SPDX-License-Identifier: MIT
// PUSH and POP.
#include "arch/x86/insn/emulation.hpp"

namespace xenolith {
namespace {

// Bytes of the stack pointer that count.
unsigned stack_address_size(const Emulation& e) {
  if (e.insn.code_size == CodeSize::bits64) return 8;
  return e.state.segment(Segment::ss).big ? 4 : 2;
}

Outcome push(Emulation& e, u64 value) {
  unsigned width = stack_address_size(e);
  u64 top = (e.regs.rsp() - e.size()) & size_mask(width);
  PERFORM(e.write(Segment::ss, top, e.size(), value));
  e.write_full_register(Gpr::rsp, width, top);
  return Outcome::done();
}

// Reads the top of the stack and moves the stack pointer behind it.
Attempt<u64> pop(Emulation& e) {
  unsigned width = stack_address_size(e);
  u64 top = e.read_full_register(Gpr::rsp, width);
  u64 value = PERFORM(e.read(Segment::ss, top, e.size()));
  e.write_full_register(Gpr::rsp, width, top + e.size());
  return value;
}

}  // namespace

Outcome emulate_push(Emulation& e) {
  bool immediate = e.insn.immediate_size != 0;
  return push(e, immediate ? e.insn.immediate : e.read_register(e.insn.opcode_register(), e.size()));
}

Outcome emulate_push_rm(Emulation& e) { return push(e, PERFORM(e.read_rm(e.size()))); }

Outcome emulate_pop_register(Emulation& e) {
  u64 value = PERFORM(pop(e));
  e.write_register(e.insn.opcode_register(), e.size(), value);
  return Outcome::done();
}

// The target's address is computed with the stack pointer that POP leaves. AMD64 APM volume 3, "POP".
Outcome emulate_pop_rm(Emulation& e) {
  if (e.insn.group() != 0) return Outcome::raise(exception::invalid_opcode);
  u64 old_stack = e.regs.rsp();
  u64 value = PERFORM(pop(e));
  Outcome written = e.write_rm(e.size(), value);
  if (written.stopped()) e.regs.set_rsp(old_stack);
  return written;
}

}  // namespace xenolith
