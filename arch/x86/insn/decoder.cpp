// SPDX-License-Identifier: MIT
#include "arch/x86/insn/decoder.hpp"

#include <algorithm>

#include "arch/x86/insn/byte_cursor.hpp"
#include "arch/x86/insn/opcode_table.hpp"

namespace xenolith {
namespace {

constexpr u8 rex_w = 8, rex_x = 2, rex_b = 1;
constexpr Failure undefined_instruction{XEN_EILSEQ};

class Decoder {
 public:
  Decoder(std::span<const u8> bytes, CodeSize size) : cursor_{bytes} { insn_.code_size = size; }

  Result<Instruction> run();

 private:
  bool in_64bit() const { return insn_.code_size == CodeSize::bits64; }
  u8 rex_bit(u8 mask) const { return (insn_.rex & mask) ? 8 : 0; }

  Result<u8> prefixes();
  bool take_prefix(u8 byte);
  void override_segment(Segment segment);

  Result<void> opcode(u8 first);
  Result<void> escaped_opcode();
  Result<bool> is_vector_prefix(u8 byte) const;
  Result<void> vector_opcode(u8 prefix);
  Result<void> vex2();
  Result<void> vex3(Encoding encoding);
  Result<void> evex();
  Result<void> set_vector_map(unsigned number);
  void set_vector_rex(bool w, u8 inverted_rxb);
  void set_mandatory_prefix(unsigned pp);

  Result<void> check_validity() const;
  void set_address_size();
  void set_operand_size();

  Result<void> modrm();
  Result<void> memory16();
  Result<void> memory32();
  Result<void> sib();
  void choose_segment();

  Result<void> immediate();
  Result<void> offset_operand();
  Result<void> sized_immediate(unsigned size);
  Result<void> double_immediate(unsigned first, unsigned second);

  ByteCursor cursor_;
  Instruction insn_;
  OpcodeInfo info_;
};

Result<Instruction> Decoder::run() {
  TRY(opcode(TRY(prefixes())));
  info_ = opcode_info(insn_.encoding, insn_.map, insn_.opcode);
  TRY(check_validity());
  set_address_size();
  if (info_.modrm != OpcodeInfo::ModRm::none) TRY(modrm());
  set_operand_size();
  TRY(immediate());
  insn_.length = static_cast<u8>(cursor_.position());
  return insn_;
}

// Prefixes

// Takes all legacy prefixes and REX; returns the first byte after them. Only a REX that is the last prefix counts.
Result<u8> Decoder::prefixes() {
  for (;;) {
    u8 byte = TRY(cursor_.next());
    if (in_64bit() && (byte & 0xf0) == 0x40) {
      insn_.rex = byte;
    } else if (take_prefix(byte)) {
      insn_.rex = 0;
    } else {
      return byte;
    }
  }
}

bool Decoder::take_prefix(u8 byte) {
  switch (byte) {
    case 0x26: override_segment(Segment::es); return true;
    case 0x2e: override_segment(Segment::cs); return true;
    case 0x36: override_segment(Segment::ss); return true;
    case 0x3e: override_segment(Segment::ds); return true;
    case 0x64: override_segment(Segment::fs); return true;
    case 0x65: override_segment(Segment::gs); return true;
    case 0x66: insn_.operand_size_prefix = true; return true;
    case 0x67: insn_.address_size = 1; return true;  // until set_address_size() turns it into a size
    case 0xf0: insn_.lock = true; return true;
    case 0xf2: insn_.repeat = Repeat::repne; return true;
    case 0xf3: insn_.repeat = Repeat::rep; return true;
    default: return false;
  }
}

// In 64-bit mode the overrides of es, cs, ss and ds are ignored, also as the end of an earlier fs or gs override.
void Decoder::override_segment(Segment segment) {
  if (!in_64bit() || segment >= Segment::fs) insn_.segment_override = segment;
}

// Opcodes

Result<void> Decoder::opcode(u8 first) {
  if (TRY(is_vector_prefix(first))) return vector_opcode(first);
  insn_.opcode = first;
  if (first == 0x0f) return escaped_opcode();
  return {};
}

Result<void> Decoder::escaped_opcode() {
  u8 second = TRY(cursor_.next());
  insn_.map = OpcodeMap::map_0f;
  insn_.opcode = second;
  if (second == 0x0f) insn_.map = OpcodeMap::three_d_now;  // the opcode comes last, as an immediate
  if (second != 0x38 && second != 0x3a) return {};
  insn_.map = second == 0x38 ? OpcodeMap::map_0f38 : OpcodeMap::map_0f3a;
  insn_.opcode = TRY(cursor_.next());
  return {};
}

// Outside 64-bit mode C4, C5 and 62 are LES, LDS and BOUND if a memory operand follows; 8F is POP if its map field is
// below 8 in every mode.
Result<bool> Decoder::is_vector_prefix(u8 byte) const {
  if (byte == 0x8f) return (TRY(cursor_.peek()) & 0x1f) >= 8;
  if (byte != 0xc4 && byte != 0xc5 && byte != 0x62) return false;
  return in_64bit() || TRY(cursor_.peek()) >= 0xc0;
}

Result<void> Decoder::vector_opcode(u8 prefix) {
  bool mandatory = insn_.operand_size_prefix || insn_.repeat != Repeat::none;
  if (insn_.rex || insn_.lock || mandatory) return undefined_instruction;
  if (prefix == 0xc5) return vex2();
  if (prefix == 0x62) return evex();
  return vex3(prefix == 0x8f ? Encoding::xop : Encoding::vex);
}

Result<void> Decoder::vex2() {
  insn_.encoding = Encoding::vex;
  insn_.map = OpcodeMap::map_0f;
  u8 payload = TRY(cursor_.next());
  set_vector_rex(false, static_cast<u8>(Bits<7>::get(payload) << 2 | rex_x | rex_b));
  set_mandatory_prefix(payload & 3);
  insn_.opcode = TRY(cursor_.next());
  return {};
}

Result<void> Decoder::vex3(Encoding encoding) {
  insn_.encoding = encoding;
  u8 first = TRY(cursor_.next());
  TRY(set_vector_map(first & 0x1f));
  u8 second = TRY(cursor_.next());
  set_vector_rex(Bits<7>::get(second) != 0, static_cast<u8>(Bits<7, 5>::get(first)));
  set_mandatory_prefix(second & 3);
  insn_.opcode = TRY(cursor_.next());
  return {};
}

Result<void> Decoder::evex() {
  insn_.encoding = Encoding::evex;
  u8 first = TRY(cursor_.next());
  if (Bits<3>::get(first)) return undefined_instruction;
  TRY(set_vector_map(first & 7));
  u8 second = TRY(cursor_.next());
  if (!Bits<2>::get(second)) return undefined_instruction;
  set_vector_rex(Bits<7>::get(second) != 0, static_cast<u8>(Bits<7, 5>::get(first)));
  set_mandatory_prefix(second & 3);
  TRY(cursor_.next());  // vector length, rounding, mask: nothing that changes the length
  insn_.opcode = TRY(cursor_.next());
  return {};
}

Result<void> Decoder::set_vector_map(unsigned number) {
  bool evex = insn_.encoding == Encoding::evex;
  bool xop = insn_.encoding == Encoding::xop;
  switch (number) {
    case 1: insn_.map = OpcodeMap::map_0f; return {};
    case 2: insn_.map = OpcodeMap::map_0f38; return {};
    case 3: insn_.map = OpcodeMap::map_0f3a; return {};
    case 5: insn_.map = OpcodeMap::map5; break;
    case 6: insn_.map = OpcodeMap::map6; break;
    case 8: insn_.map = OpcodeMap::xop8; break;
    case 9: insn_.map = OpcodeMap::xop9; break;
    case 10: insn_.map = OpcodeMap::xop10; break;
    default: return undefined_instruction;
  }
  if (number >= 8 ? xop : evex) return {};
  return undefined_instruction;
}

// Outside 64-bit mode only the first eight registers exist, and W does not widen operands.
void Decoder::set_vector_rex(bool w, u8 inverted_rxb) {
  if (in_64bit()) insn_.rex = static_cast<u8>(0x40 | (w ? rex_w : 0) | (~inverted_rxb & 7));
}

void Decoder::set_mandatory_prefix(unsigned pp) {
  insn_.operand_size_prefix = pp == 1;
  if (pp == 2) insn_.repeat = Repeat::rep;
  if (pp == 3) insn_.repeat = Repeat::repne;
}

Result<void> Decoder::check_validity() const {
  using Validity = OpcodeInfo::Validity;
  if (info_.validity == Validity::undefined) return undefined_instruction;
  if (info_.validity == Validity::not_in_64bit && in_64bit()) return undefined_instruction;
  return {};
}

// Sizes

void Decoder::set_address_size() {
  bool other = insn_.address_size != 0;
  if (!other) insn_.address_size = static_cast<u8>(insn_.code_size);
  else insn_.address_size = insn_.code_size == CodeSize::bits32 ? 2 : 4;
}

void Decoder::set_operand_size() {
  using Size = OpcodeInfo::Size;
  bool vector = insn_.encoding != Encoding::legacy;
  bool prefix = insn_.operand_size_prefix && !vector;
  u8 size = (insn_.code_size == CodeSize::bits16) == prefix ? 4 : 2;
  bool wide_by_default = info_.size == Size::stack;
  if (info_.size == Size::group5) wide_by_default = insn_.group() == 2 || insn_.group() == 4 || insn_.group() == 6;
  if (in_64bit() && (insn_.rex_w() || (wide_by_default && !prefix))) size = 8;
  if (info_.size == Size::byte) size = 1;
  if (info_.size == Size::machine) size = in_64bit() ? 8 : 4;
  insn_.operand_size = size;
}

// ModRM

Result<void> Decoder::modrm() {
  insn_.has_modrm = true;
  insn_.modrm = TRY(cursor_.next());
  if (info_.modrm == OpcodeInfo::ModRm::registers || insn_.mod() == 3) return {};
  insn_.memory.emplace();
  if (insn_.address_size == 2) TRY(memory16());
  else TRY(memory32());
  choose_segment();
  return {};
}

// AMD64 APM volume 3, table A-34 "ModRM Memory References, 16-Bit Addressing".
Result<void> Decoder::memory16() {
  constexpr u8 none = 0xff, bx = 3, bp = 5, si = 6, di = 7;
  constexpr u8 bases[] = {bx, bx, bp, bp, si, di, bp, bx};
  constexpr u8 indexes[] = {si, di, si, di, none, none, none, none};
  MemoryOperand& memory = *insn_.memory;
  unsigned rm = insn_.modrm & 7;
  bool direct = insn_.mod() == 0 && rm == 6;
  if (!direct) memory.base = bases[rm];
  if (indexes[rm] != none) memory.index = indexes[rm];
  unsigned displacement = direct ? 2 : insn_.mod();
  memory.displacement = static_cast<i64>(TRY(cursor_.signed_number(displacement)));
  return {};
}

// AMD64 APM volume 3, table A-36 "ModRM Memory References, 32-Bit and 64-Bit Addressing".
Result<void> Decoder::memory32() {
  MemoryOperand& memory = *insn_.memory;
  unsigned rm = insn_.modrm & 7;
  unsigned displacement = insn_.mod() == 2 ? 4 : insn_.mod();
  if (rm == 4) {
    TRY(sib());
    if (!memory.base) displacement = 4;
  } else if (rm == 5 && insn_.mod() == 0) {
    memory.rip_relative = in_64bit();
    displacement = 4;
  } else {
    memory.base = insn_.rm();
  }
  memory.displacement = static_cast<i64>(TRY(cursor_.signed_number(displacement)));
  return {};
}

Result<void> Decoder::sib() {
  MemoryOperand& memory = *insn_.memory;
  u8 byte = TRY(cursor_.next());
  u8 base = static_cast<u8>(Bits<2, 0>::get(byte));
  u8 index = static_cast<u8>(Bits<5, 3>::get(byte) | rex_bit(rex_x));
  memory.scale = static_cast<u8>(1 << Bits<7, 6>::get(byte));
  if (index != 4) memory.index = index;
  if (base != 5 || insn_.mod() != 0) memory.base = static_cast<u8>(base | rex_bit(rex_b));
  return {};
}

void Decoder::choose_segment() {
  MemoryOperand& memory = *insn_.memory;
  bool stack = memory.base == u8{4} || memory.base == u8{5};
  memory.segment = insn_.segment_override.value_or(stack ? Segment::ss : Segment::ds);
}

// Immediates

Result<void> Decoder::immediate() {
  using Immediate = OpcodeInfo::Immediate;
  unsigned by_operand = std::min<unsigned>(insn_.operand_size, 4);
  bool is_test = insn_.group() < 2;
  switch (info_.immediate) {
    case Immediate::none: return {};
    case Immediate::byte: return sized_immediate(1);
    case Immediate::word: return double_immediate(2, 0);
    case Immediate::dword: return sized_immediate(4);
    case Immediate::operand: return sized_immediate(by_operand);
    case Immediate::full: return sized_immediate(insn_.operand_size);
    case Immediate::offset: return offset_operand();
    case Immediate::far_pointer: return double_immediate(by_operand, 2);
    case Immediate::enter: return double_immediate(2, 1);
    case Immediate::test_byte: return sized_immediate(is_test ? 1 : 0);
    case Immediate::test_operand: return sized_immediate(is_test ? by_operand : 0);
    case Immediate::extract: break;
  }
  bool extract = insn_.operand_size_prefix || insn_.repeat == Repeat::repne;
  return extract ? double_immediate(1, 1) : Result<void>{};
}

Result<void> Decoder::offset_operand() {
  insn_.memory.emplace();
  insn_.memory->displacement = static_cast<i64>(TRY(cursor_.number(insn_.address_size)));
  choose_segment();
  return {};
}

Result<void> Decoder::sized_immediate(unsigned size) {
  insn_.immediate_size = static_cast<u8>(size);
  insn_.immediate = TRY(cursor_.signed_number(size));
  return {};
}

Result<void> Decoder::double_immediate(unsigned first, unsigned second) {
  insn_.immediate_size = static_cast<u8>(first);
  insn_.immediate = TRY(cursor_.number(first));
  insn_.immediate2 = static_cast<u16>(TRY(cursor_.number(second)));
  return {};
}

}  // namespace

Result<Instruction> decode(std::span<const u8> bytes, CodeSize size) { return Decoder{bytes, size}.run(); }

}  // namespace xenolith
