// SPDX-License-Identifier: MIT
// What the decoder has to know of each opcode: whether ModRM and an immediate follow, and the size of operands.
#pragma once

#include <array>

#include "arch/x86/insn/instruction.hpp"

namespace xenolith {

struct OpcodeInfo {
  enum class Validity : u8 { undefined, valid, not_in_64bit };
  enum class ModRm : u8 {
    none,
    present,
    registers,  // mod is ignored and taken as 3: MOV to and from control and debug registers
  };
  enum class Immediate : u8 {
    none,
    byte,         // sign-extended
    word,         // zero-extended
    operand,      // 16 or 32 bits, sign-extended to 64
    full,         // as wide as the operand, up to 64 bits
    offset,       // as wide as an address: a memory operand without ModRM
    far_pointer,  // offset by operand size, then selector
    enter,        // word, then byte
    test_byte,    // byte if ModRM.reg is 0 or 1 (TEST in group 3)
    test_operand,
    extract,      // two bytes if 66 or F2 is present (EXTRQ, INSERTQ), else none
    dword,        // always 32 bits (XOP map 10)
  };
  enum class Size : u8 {
    operand,   // 16, 32, 64 by mode, 66 and REX.W
    byte,
    stack,     // as operand, but in 64-bit mode 64 or, with 66, 16
    machine,   // 64 in 64-bit mode, else 32
    group5,    // stack for near CALL, near JMP and PUSH, else operand
  };

  Validity validity = Validity::undefined;
  ModRm modrm = ModRm::none;
  Immediate immediate = Immediate::none;
  Size size = Size::operand;
};

// Always succeeds; opcodes that no processor defines are Validity::undefined. The maps 0F38, 0F3A and all opcodes with
// VEX, EVEX or XOP prefix are uniform: there every opcode counts as valid.
OpcodeInfo opcode_info(Encoding encoding, OpcodeMap map, u8 opcode);

}  // namespace xenolith
