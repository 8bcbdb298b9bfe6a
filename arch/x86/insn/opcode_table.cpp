// SPDX-License-Identifier: MIT
// Source: AMD64 APM volume 3 (24594), appendix A "Opcode and Operand Encodings"; Intel SDM volume 2D, appendix A
// "Opcode Map" for what only Intel's processors have.
#include "arch/x86/insn/opcode_table.hpp"

#include <initializer_list>

namespace xenolith {
namespace {

using Immediate = OpcodeInfo::Immediate;
using ModRm = OpcodeInfo::ModRm;
using Size = OpcodeInfo::Size;
using Validity = OpcodeInfo::Validity;

class OpcodeTable {
 public:
  constexpr const OpcodeInfo& operator[](u8 opcode) const { return entries_[opcode]; }

  // Opcodes first..last without ModRM.
  constexpr void plain(unsigned first, unsigned last, Immediate immediate = Immediate::none,
                       Size size = Size::operand) {
    fill(first, last, {Validity::valid, ModRm::none, immediate, size});
  }
  // Opcodes first..last with ModRM.
  constexpr void modrm(unsigned first, unsigned last, Immediate immediate = Immediate::none,
                       Size size = Size::operand) {
    fill(first, last, {Validity::valid, ModRm::present, immediate, size});
  }
  constexpr void registers(unsigned first, unsigned last) {
    fill(first, last, {Validity::valid, ModRm::registers, Immediate::none, Size::machine});
  }
  constexpr void undefined(std::initializer_list<u8> opcodes) {
    for (u8 opcode : opcodes) entries_[opcode] = {};
  }
  constexpr void not_in_64bit(std::initializer_list<u8> opcodes) {
    for (u8 opcode : opcodes) entries_[opcode].validity = Validity::not_in_64bit;
  }
  constexpr void byte_operands(std::initializer_list<u8> opcodes) {
    for (u8 opcode : opcodes) entries_[opcode].size = Size::byte;
  }

 private:
  constexpr void fill(unsigned first, unsigned last, OpcodeInfo info) {
    for (unsigned opcode = first; opcode <= last; ++opcode) entries_[opcode] = info;
  }

  std::array<OpcodeInfo, 256> entries_{};
};

// 00..3F: eight operations in six forms each, and push, pop and adjustments between them.
constexpr void add_arithmetic(OpcodeTable& table) {
  for (unsigned row = 0x00; row < 0x40; row += 8) {
    table.modrm(row, row + 3);
    table.plain(row + 4, row + 4, Immediate::byte);
    table.plain(row + 5, row + 5, Immediate::operand);
    table.byte_operands({static_cast<u8>(row), static_cast<u8>(row + 2), static_cast<u8>(row + 4)});
    table.plain(row + 6, row + 7, Immediate::none, Size::stack);
  }
}

// 40..8F
constexpr void add_middle(OpcodeTable& table) {
  table.plain(0x40, 0x4f);
  table.plain(0x50, 0x5f, Immediate::none, Size::stack);
  table.plain(0x60, 0x61);
  table.modrm(0x62, 0x63);
  table.plain(0x68, 0x68, Immediate::operand, Size::stack);
  table.modrm(0x69, 0x69, Immediate::operand);
  table.plain(0x6a, 0x6a, Immediate::byte, Size::stack);
  table.modrm(0x6b, 0x6b, Immediate::byte);
  table.plain(0x6c, 0x6f);
  table.plain(0x70, 0x7f, Immediate::byte, Size::stack);
  table.modrm(0x80, 0x80, Immediate::byte);
  table.modrm(0x81, 0x81, Immediate::operand);
  table.modrm(0x82, 0x83, Immediate::byte);
  table.modrm(0x84, 0x8e);
  table.modrm(0x8f, 0x8f, Immediate::none, Size::stack);
  table.byte_operands({0x6c, 0x6e, 0x80, 0x82, 0x84, 0x86, 0x88, 0x8a});
}

// 90..CF
constexpr void add_moves(OpcodeTable& table) {
  table.plain(0x90, 0x99);
  table.plain(0x9a, 0x9a, Immediate::far_pointer);
  table.plain(0x9b, 0x9b);
  table.plain(0x9c, 0x9d, Immediate::none, Size::stack);
  table.plain(0x9e, 0x9f);
  table.plain(0xa0, 0xa3, Immediate::offset);
  table.plain(0xa4, 0xa7);
  table.plain(0xa8, 0xa8, Immediate::byte);
  table.plain(0xa9, 0xa9, Immediate::operand);
  table.plain(0xaa, 0xaf);
  table.plain(0xb0, 0xb7, Immediate::byte, Size::byte);
  table.plain(0xb8, 0xbf, Immediate::full);
  table.modrm(0xc0, 0xc1, Immediate::byte);
  table.plain(0xc2, 0xc2, Immediate::word, Size::stack);
  table.plain(0xc3, 0xc3, Immediate::none, Size::stack);
  table.modrm(0xc4, 0xc5);
  table.modrm(0xc6, 0xc6, Immediate::byte);
  table.modrm(0xc7, 0xc7, Immediate::operand);
  table.plain(0xc8, 0xc8, Immediate::enter, Size::stack);
  table.plain(0xc9, 0xc9, Immediate::none, Size::stack);
  table.plain(0xca, 0xca, Immediate::word);
  table.plain(0xcb, 0xcc);
  table.plain(0xcd, 0xcd, Immediate::byte);
  table.plain(0xce, 0xcf);
  table.byte_operands({0xa0, 0xa2, 0xa4, 0xa6, 0xa8, 0xaa, 0xac, 0xae, 0xc0, 0xc6});
}

// D0..FF
constexpr void add_upper(OpcodeTable& table) {
  table.modrm(0xd0, 0xd3);
  table.plain(0xd4, 0xd5, Immediate::byte);
  table.plain(0xd6, 0xd7);
  table.modrm(0xd8, 0xdf);
  table.plain(0xe0, 0xe3, Immediate::byte, Size::stack);
  table.plain(0xe4, 0xe7, Immediate::byte);
  table.plain(0xe8, 0xe9, Immediate::operand, Size::stack);
  table.plain(0xea, 0xea, Immediate::far_pointer);
  table.plain(0xeb, 0xeb, Immediate::byte, Size::stack);
  table.plain(0xec, 0xef);
  table.plain(0xf1, 0xf1);
  table.plain(0xf4, 0xf5);
  table.modrm(0xf6, 0xf6, Immediate::test_byte);
  table.modrm(0xf7, 0xf7, Immediate::test_operand);
  table.plain(0xf8, 0xfd);
  table.modrm(0xfe, 0xfe);
  table.modrm(0xff, 0xff, Immediate::none, Size::group5);
  table.byte_operands({0xd0, 0xd2, 0xe4, 0xe6, 0xec, 0xee, 0xf6, 0xfe});
}

constexpr OpcodeTable make_primary() {
  OpcodeTable table;
  add_arithmetic(table);
  add_middle(table);
  add_moves(table);
  add_upper(table);
  table.not_in_64bit({0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x60, 0x61, 0x62,
                      0x82, 0x9a, 0xc4, 0xc5, 0xce, 0xd4, 0xd5, 0xd6, 0xea});
  return table;
}

// 0F 00..7F
constexpr void add_0f_lower(OpcodeTable& table) {
  table.modrm(0x00, 0x03);
  table.plain(0x05, 0x0b);
  table.modrm(0x0d, 0x0d);
  table.plain(0x0e, 0x0e);
  table.modrm(0x10, 0x1f);
  table.registers(0x20, 0x23);
  table.modrm(0x28, 0x2f);
  table.plain(0x30, 0x37);
  table.modrm(0x40, 0x6f);
  table.modrm(0x70, 0x73, Immediate::byte);
  table.modrm(0x74, 0x76);
  table.plain(0x77, 0x77);
  table.modrm(0x78, 0x78, Immediate::extract);
  table.modrm(0x79, 0x79);
  table.modrm(0x7c, 0x7f);
  table.undefined({0x0a, 0x36});
}

// 0F 80..FF
constexpr void add_0f_upper(OpcodeTable& table) {
  table.plain(0x80, 0x8f, Immediate::operand, Size::stack);
  table.modrm(0x90, 0x9f, Immediate::none, Size::byte);
  table.plain(0xa0, 0xa1, Immediate::none, Size::stack);
  table.plain(0xa2, 0xa2);
  table.modrm(0xa3, 0xa3);
  table.modrm(0xa4, 0xa4, Immediate::byte);
  table.modrm(0xa5, 0xa5);
  table.plain(0xa8, 0xa9, Immediate::none, Size::stack);
  table.plain(0xaa, 0xaa);
  table.modrm(0xab, 0xab);
  table.modrm(0xac, 0xac, Immediate::byte);
  table.modrm(0xad, 0xb9);
  table.modrm(0xba, 0xba, Immediate::byte);
  table.modrm(0xbb, 0xc1);
  table.modrm(0xc2, 0xc2, Immediate::byte);
  table.modrm(0xc3, 0xc3);
  table.modrm(0xc4, 0xc6, Immediate::byte);
  table.modrm(0xc7, 0xc7);
  table.plain(0xc8, 0xcf);
  table.modrm(0xd0, 0xff);
  table.byte_operands({0xb0, 0xc0});
}

constexpr OpcodeTable make_0f() {
  OpcodeTable table;
  add_0f_lower(table);
  add_0f_upper(table);
  return table;
}

// Map 1 with VEX or EVEX prefix: ModRM throughout, except VZEROUPPER and VZEROALL.
constexpr OpcodeTable make_vector_0f() {
  OpcodeTable table;
  table.modrm(0x00, 0xff);
  table.modrm(0x70, 0x73, Immediate::byte);
  table.plain(0x77, 0x77);
  table.modrm(0xc2, 0xc2, Immediate::byte);
  table.modrm(0xc4, 0xc6, Immediate::byte);
  return table;
}

constexpr OpcodeTable primary_table = make_primary();
constexpr OpcodeTable map_0f_table = make_0f();
constexpr OpcodeTable vector_0f_table = make_vector_0f();

constexpr OpcodeInfo uniform(Immediate immediate) {
  return {Validity::valid, ModRm::present, immediate, Size::operand};
}

}  // namespace

OpcodeInfo opcode_info(Encoding encoding, OpcodeMap map, u8 opcode) {
  switch (map) {
    case OpcodeMap::primary: return primary_table[opcode];
    case OpcodeMap::map_0f: return encoding == Encoding::legacy ? map_0f_table[opcode] : vector_0f_table[opcode];
    case OpcodeMap::map_0f3a:
    case OpcodeMap::three_d_now:
    case OpcodeMap::xop8: return uniform(Immediate::byte);
    case OpcodeMap::xop10: return uniform(Immediate::dword);
    case OpcodeMap::map_0f38:
    case OpcodeMap::map5:
    case OpcodeMap::map6:
    case OpcodeMap::xop9: break;
  }
  return uniform(Immediate::none);
}

}  // namespace xenolith
