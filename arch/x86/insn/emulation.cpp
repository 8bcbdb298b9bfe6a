// SPDX-License-Identifier: MIT
#include "arch/x86/insn/emulation.hpp"

namespace xenolith {

u64 Emulation::read_register(unsigned number, unsigned size) const {
  if (is_high_byte(number, size)) return Bits<15, 8>::get(regs.gpr[number - 4]);
  return regs.gpr[number] & size_mask(size);
}

void Emulation::write_register(unsigned number, unsigned size, u64 value) {
  if (is_high_byte(number, size)) {
    regs.gpr[number - 4] = Bits<15, 8>::set(regs.gpr[number - 4], value);
  } else {
    write_full_register(static_cast<Gpr>(number), size, value);
  }
}

void Emulation::write_full_register(Gpr which, unsigned size, u64 value) {
  u64 kept = size >= 4 ? 0 : regs.get(which) & ~size_mask(size);
  regs.set(which, kept | (value & size_mask(size)));
}

u64 Emulation::effective_offset(u64 bias) const {
  const MemoryOperand& memory = *insn.memory;
  u64 offset = static_cast<u64>(memory.displacement) + bias;
  if (memory.base) offset += regs.gpr[*memory.base];
  if (memory.index) offset += regs.gpr[*memory.index] * memory.scale;
  if (memory.rip_relative) offset += regs.rip + insn.length;
  return offset & size_mask(insn.address_size);
}

Outcome Emulation::fault(Vector vector) const {
  if (!state.protected_mode) return Outcome::raise(vector);
  return Outcome::raise(vector, 0);
}

bool Emulation::is_canonical(u64 address) const {
  unsigned unused = 64u - state.linear_address_bits;
  return static_cast<u64>(static_cast<i64>(address << unused) >> unused) == address;
}

bool Emulation::within_limit(const SegmentState& segment, u64 offset, unsigned size) const {
  u64 last = offset + size - 1;
  if (!segment.expand_down) return last <= segment.limit;
  u64 upper = segment.big ? 0xffffffff : 0xffff;
  return offset > segment.limit && last <= upper;
}

Attempt<GuestVirtual> Emulation::linear(Segment which, u64 offset, unsigned size, bool is_write) const {
  const SegmentState& segment = state.segment(which);
  Outcome violation = fault(which == Segment::ss ? exception::stack_fault : exception::general_protection);
  if (state.code_size == CodeSize::bits64) {
    u64 base = which >= Segment::fs ? segment.base : 0;
    u64 address = base + offset;
    if (!is_canonical(address) || !is_canonical(address + size - 1)) return violation;
    return GuestVirtual{address};
  }
  if (!segment.usable || !within_limit(segment, offset, size)) return violation;
  if (state.protected_mode && !(is_write ? segment.writable : segment.readable)) return general_protection();
  return GuestVirtual{(segment.base + offset) & 0xffffffff};
}

Attempt<u64> Emulation::read(Segment segment, u64 offset, unsigned size, Access access) {
  GuestVirtual address = PERFORM(linear(segment, offset, size, access == Access::modify));
  return port.read_memory(address, size, access);
}

Outcome Emulation::write(Segment segment, u64 offset, unsigned size, u64 value) {
  GuestVirtual address = PERFORM(linear(segment, offset, size, true));
  return port.write_memory(address, size, value & size_mask(size));
}

Attempt<u64> Emulation::read_rm(unsigned size) {
  if (!insn.memory) return read_register(insn.rm(), size);
  return read(insn.memory->segment, effective_offset(), size);
}

Outcome Emulation::write_rm(unsigned size, u64 value) {
  if (insn.memory) return write(insn.memory->segment, effective_offset(), size, value);
  write_register(insn.rm(), size, value);
  return Outcome::done();
}

}  // namespace xenolith
