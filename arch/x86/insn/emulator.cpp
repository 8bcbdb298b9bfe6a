// SPDX-License-Identifier: MIT
// Chooses who performs an instruction, checks LOCK, and advances rip.
#include "arch/x86/insn/emulator.hpp"

#include "arch/x86/insn/emulation.hpp"

namespace xenolith {
namespace {

using Performer = Outcome (*)(Emulation&);

// Opcodes first..last of a map.
struct Entry {
  OpcodeMap map;
  u8 first;
  u8 last;
  Performer perform;
};

constexpr OpcodeMap primary = OpcodeMap::primary;
constexpr OpcodeMap map_0f = OpcodeMap::map_0f;

// The rows 00..3F are added apart: pushes, pops and adjustments lie between them.
constexpr Entry entries[] = {
    {primary, 0x50, 0x57, emulate_push},
    {primary, 0x58, 0x5f, emulate_pop_register},
    {primary, 0x63, 0x63, emulate_mov_extend},
    {primary, 0x68, 0x68, emulate_push},
    {primary, 0x69, 0x69, emulate_imul},
    {primary, 0x6a, 0x6a, emulate_push},
    {primary, 0x6b, 0x6b, emulate_imul},
    {primary, 0x6c, 0x6f, emulate_string},
    {primary, 0x80, 0x83, emulate_group1},
    {primary, 0x84, 0x85, emulate_test},
    {primary, 0x86, 0x87, emulate_xchg},
    {primary, 0x88, 0x8b, emulate_mov},
    {primary, 0x8d, 0x8d, emulate_lea},
    {primary, 0x8f, 0x8f, emulate_pop_rm},
    {primary, 0x90, 0x97, emulate_xchg_accumulator},
    {primary, 0xa0, 0xa3, emulate_mov_offset},
    {primary, 0xa4, 0xa7, emulate_string},
    {primary, 0xa8, 0xa9, emulate_test_accumulator},
    {primary, 0xaa, 0xaf, emulate_string},
    {primary, 0xb0, 0xbf, emulate_mov_immediate},
    {primary, 0xc0, 0xc1, emulate_shift},
    {primary, 0xc6, 0xc7, emulate_mov_immediate},
    {primary, 0xd0, 0xd3, emulate_shift},
    {primary, 0xe4, 0xe7, emulate_port},
    {primary, 0xec, 0xef, emulate_port},
    {primary, 0xf6, 0xf7, emulate_group3},
    {primary, 0xfe, 0xff, emulate_group45},
    {map_0f, 0x0d, 0x0d, emulate_nothing},
    {map_0f, 0x18, 0x1f, emulate_nothing},
    {map_0f, 0x40, 0x4f, emulate_cmov},
    {map_0f, 0x90, 0x9f, emulate_setcc},
    {map_0f, 0xa3, 0xa3, emulate_bit_register},
    {map_0f, 0xa4, 0xa5, emulate_shift_double},
    {map_0f, 0xab, 0xab, emulate_bit_register},
    {map_0f, 0xac, 0xad, emulate_shift_double},
    {map_0f, 0xaf, 0xaf, emulate_imul},
    {map_0f, 0xb0, 0xb1, emulate_cmpxchg},
    {map_0f, 0xb3, 0xb3, emulate_bit_register},
    {map_0f, 0xb6, 0xb7, emulate_mov_extend},
    {map_0f, 0xba, 0xba, emulate_group8},
    {map_0f, 0xbb, 0xbb, emulate_bit_register},
    {map_0f, 0xbe, 0xbf, emulate_mov_extend},
    {map_0f, 0xc0, 0xc1, emulate_xadd},
    {map_0f, 0xc3, 0xc3, emulate_mov},
    {map_0f, 0xc7, 0xc7, emulate_group9},
    {OpcodeMap::map_0f38, 0xf0, 0xf1, emulate_movbe},
};

Performer performer_of(const Instruction& insn) {
  if (insn.encoding != Encoding::legacy) return nullptr;
  if (insn.map == primary && insn.opcode < 0x40 && (insn.opcode & 7) < 6) return emulate_arithmetic;
  for (const Entry& entry : entries)
    if (entry.map == insn.map && entry.first <= insn.opcode && insn.opcode <= entry.last) return entry.perform;
  return nullptr;
}

// Forms of a known opcode that do not exist: MOV immediate has only group 0, MOVNTI only memory operands
// and no prefix of the SSE forms.
bool is_reserved(const Instruction& insn) {
  if (insn.is(primary, 0xc6) || insn.is(primary, 0xc7)) return insn.group() != 0;
  if (insn.is(map_0f, 0xc3)) return !insn.memory || insn.operand_size_prefix || insn.repeat != Repeat::none;
  return false;
}

bool primary_may_lock(const Instruction& insn) {
  if (insn.opcode < 0x38) return (insn.opcode & 7) < 2;  // all but CMP, to memory
  switch (insn.opcode) {
    case 0x80: case 0x81: case 0x82: case 0x83: return insn.group() != 7;
    case 0x86: case 0x87: return true;
    case 0xf6: case 0xf7: return insn.group() == 2 || insn.group() == 3;
    case 0xfe: case 0xff: return insn.group() < 2;
    default: return false;
  }
}

bool secondary_may_lock(const Instruction& insn) {
  switch (insn.opcode) {
    case 0xab: case 0xb0: case 0xb1: case 0xb3: case 0xbb: case 0xc0: case 0xc1: return true;
    case 0xba: return insn.group() >= 5;
    case 0xc7: return insn.group() == 1;
    default: return false;
  }
}

// AMD64 APM volume 3, 1.2.5 "Lock Prefix": only these, and only with a memory destination.
bool may_lock(const Instruction& insn) {
  if (!insn.memory) return false;
  if (insn.map == primary) return primary_may_lock(insn);
  return insn.map == map_0f && secondary_may_lock(insn);
}

void finish(const Instruction& insn, GuestRegisters& registers) {
  u64 next = registers.rip + insn.length;
  registers.rip = next & size_mask(static_cast<unsigned>(insn.code_size));
  registers.rflags &= ~rflags_bit::resume;
}

}  // namespace

Outcome emulate(const Instruction& instruction, GuestRegisters& registers, const ExecutionState& state,
                EmulatorPort& port) {
  if (instruction.lock && !may_lock(instruction)) return Outcome::raise(exception::invalid_opcode);
  Performer perform = performer_of(instruction);
  if (!perform) return Outcome::unhandleable();
  if (is_reserved(instruction)) return Outcome::raise(exception::invalid_opcode);
  Emulation emulation{instruction, registers, state, port};
  PERFORM(perform(emulation));
  finish(instruction, registers);
  port.commit();
  return Outcome::done();
}

}  // namespace xenolith
