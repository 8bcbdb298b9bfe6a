// SPDX-License-Identifier: MIT
// Performs one decoded instruction on a guest's registers and, through a port, on its memory and devices.
#pragma once

#include <array>

#include "arch/x86/insn/emulator_port.hpp"
#include "arch/x86/insn/instruction.hpp"
#include "arch/x86/insn/registers.hpp"

namespace xenolith {

// A segment register's hidden part. In 64-bit code only the bases of fs and gs are used.
struct SegmentState {
  u64 base = 0;
  u32 limit = 0xffffffff;  // offset of the last valid byte (expand-down: of the last invalid one)
  bool usable = true;      // false: null selector or not present
  bool readable = true;
  bool writable = true;
  bool expand_down = false;
  bool big = true;  // D/B: 32-bit stack, and upper bound of an expand-down segment
};

// The guest's mode, as far as emulation depends on it.
struct ExecutionState {
  CodeSize code_size = CodeSize::bits64;
  bool protected_mode = true;   // false in real mode: exceptions have no error code
  u8 linear_address_bits = 48;  // 57 with 5-level paging
  unsigned max_iterations = 1024;  // of a REP instruction in one call, at least 1
  std::array<SegmentState, 6> segments{};  // by Segment

  const SegmentState& segment(Segment which) const { return segments[static_cast<u8>(which)]; }
};

// Executes `instruction`, which decode() made from the bytes at registers.rip, for state.code_size.
//
// On Outcome done, registers hold the result, rip points behind the instruction and rflags.RF is clear; the caller ends
// an interrupt shadow and raises #DB if rflags.TF was set. On in_progress, and on raise or retry within a REP
// instruction, registers reflect the iterations that were completed. In all other cases registers are unchanged.
//
// Performed: MOV (not of segment, control and debug registers), MOVZX, MOVSX, MOVSXD, MOVBE, MOVNTI, LEA, CMOVcc,
// SETcc, XCHG, XADD, CMPXCHG, CMPXCHG8B, the eight arithmetic operations, TEST, NOT, NEG, INC and DEC (not their short
// register forms), IMUL, MUL, BT, BTS, BTR, BTC, shifts and rotates, SHLD, SHRD, PUSH and POP (not of segments and
// flags), MOVS, CMPS, STOS, LODS, SCAS, IN, OUT, INS, OUTS, and the prefetches as no operation. All else is
// unhandleable.
Outcome emulate(const Instruction& instruction, GuestRegisters& registers, const ExecutionState& state,
                EmulatorPort& port);

}  // namespace xenolith
