// SPDX-License-Identifier: MIT
// A decoded x86 instruction: what decode() in decoder.hpp yields.
#pragma once

#include <optional>

#include "core/base/bits.hpp"
#include "core/base/types.hpp"

namespace xenolith {

inline constexpr unsigned max_instruction_length = 15;

// Default size of code: long mode with CS.L is bits64, else CS.D chooses. The value is the default address size, bytes.
enum class CodeSize : u8 { bits16 = 2, bits32 = 4, bits64 = 8 };

// Opcode maps. AMD64 APM volume 3, appendix A "Opcode and Operand Encodings".
enum class OpcodeMap : u8 {
  primary,      // one byte
  map_0f,       // 0F xx; VEX and EVEX map 1
  map_0f38,     // 0F 38 xx; map 2
  map_0f3a,     // 0F 3A xx; map 3
  three_d_now,  // 0F 0F ModRM xx
  map5,         // EVEX map 5
  map6,         // EVEX map 6
  xop8,
  xop9,
  xop10,
};

enum class Encoding : u8 { legacy, vex, evex, xop };
enum class Segment : u8 { es, cs, ss, ds, fs, gs };
enum class Repeat : u8 { none, repne, rep };  // no prefix, F2, F3

// The memory operand of a ModRM byte (also of the moffs forms of MOV). Register numbers are 0..15.
struct MemoryOperand {
  Segment segment = Segment::ds;
  std::optional<u8> base;
  std::optional<u8> index;
  u8 scale = 1;           // 1, 2, 4 or 8
  i64 displacement = 0;   // bytes; an EVEX disp8 is given unscaled
  bool rip_relative = false;  // relative to the end of the instruction
};

struct Instruction {
  CodeSize code_size = CodeSize::bits64;
  u8 length = 0;  // bytes, 1..15
  Encoding encoding = Encoding::legacy;
  OpcodeMap map = OpcodeMap::primary;
  u8 opcode = 0;  // within its map

  u8 operand_size = 0;  // bytes: 1, 2, 4 or 8; without meaning for vector instructions
  u8 address_size = 0;  // bytes: 2, 4 or 8

  // Prefixes as they take effect: the last one of its group. VEX, EVEX and XOP give their pp field as prefix.
  bool lock = false;
  bool operand_size_prefix = false;
  Repeat repeat = Repeat::none;
  std::optional<Segment> segment_override;
  u8 rex = 0;  // 0, or 0x40 | W R X B; of VEX, EVEX and XOP the same bits, not inverted

  bool has_modrm = false;
  u8 modrm = 0;
  std::optional<MemoryOperand> memory;

  u8 immediate_size = 0;  // bytes: 0, 1, 2, 4 or 8; not counting the second one
  u64 immediate = 0;      // sign-extended where the operation extends it; branch distance; offset of a far pointer
  u16 immediate2 = 0;     // selector of a far pointer, nesting level of ENTER, second byte of EXTRQ and INSERTQ

  // ModRM's fields, extended by REX.
  constexpr u8 mod() const { return static_cast<u8>(Bits<7, 6>::get(modrm)); }
  constexpr u8 reg() const { return static_cast<u8>(Bits<5, 3>::get(modrm) | Bits<2>::get(rex) << 3); }
  constexpr u8 rm() const { return static_cast<u8>(Bits<2, 0>::get(modrm) | Bits<0>::get(rex) << 3); }
  // ModRM.reg where it extends the opcode (REX.R is ignored).
  constexpr u8 group() const { return static_cast<u8>(Bits<5, 3>::get(modrm)); }
  // Register in the low three bits of the opcode, extended by REX.B.
  constexpr u8 opcode_register() const { return static_cast<u8>((opcode & 7) | Bits<0>::get(rex) << 3); }
  constexpr bool rex_w() const { return Bits<3>::get(rex) != 0; }

  constexpr bool is(OpcodeMap wanted_map, u8 wanted_opcode) const {
    return encoding == Encoding::legacy && map == wanted_map && opcode == wanted_opcode;
  }
};

// Number of the control register of MOV to or from a control register: ModRM.reg, or CR8 by AMD's LOCK MOV CR0 form.
// AMD64 APM volume 3, "MOV CRn". Whether the register exists is the caller's to check.
constexpr u8 control_register(const Instruction& instruction) {
  return instruction.lock ? static_cast<u8>(instruction.reg() | 8) : instruction.reg();
}

}  // namespace xenolith
