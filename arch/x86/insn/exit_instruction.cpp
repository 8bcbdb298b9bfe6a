// SPDX-License-Identifier: MIT
#include "arch/x86/insn/exit_instruction.hpp"

#include <algorithm>
#include <array>

#include "arch/x86/insn/decoder.hpp"

namespace xenolith {
namespace {

// What besides its opcode makes an instruction the one that is looked for.
struct Pattern {
  enum class Form : u8 {
    plain,        // nothing
    any_group,    // ModRM.reg is `field`
    memory,       // ModRM.reg is `field`, memory operand
    registers,    // ModRM.reg is `field`, register operand
    modrm,        // the whole ModRM byte is `field`
  };
  enum class Prefix : u8 { any, none, operand_size, rep };  // of 66, F2 and F3

  ExitKind kind;
  OpcodeMap map;
  u8 opcode;
  u8 ignored = 0;  // bits of the opcode that may differ
  Form form = Form::plain;
  u8 field = 0;
  Prefix prefix = Prefix::any;
};

using enum ExitKind;
using Form = Pattern::Form;
using Prefix = Pattern::Prefix;
constexpr OpcodeMap primary = OpcodeMap::primary;
constexpr OpcodeMap map_0f = OpcodeMap::map_0f;
constexpr OpcodeMap map_0f38 = OpcodeMap::map_0f38;

// AMD64 APM volume 3, chapters 3 and 4; Intel SDM volume 3C, chapter 30 "VMX Instruction Reference".
constexpr Pattern patterns[] = {
    {cpuid, map_0f, 0xa2},
    {hlt, primary, 0xf4},
    {pause, primary, 0x90, 0, Form::plain, 0, Prefix::rep},
    {invd, map_0f, 0x08},
    {wbinvd, map_0f, 0x09},
    {rsm, map_0f, 0xaa},
    {clts, map_0f, 0x06},
    {rdmsr, map_0f, 0x32},
    {wrmsr, map_0f, 0x30},
    {rdpmc, map_0f, 0x33},
    {rdtsc, map_0f, 0x31},
    {rdtscp, map_0f, 0x01, 0, Form::modrm, 0xf9},
    {rdtsc_or_rdtscp, map_0f, 0x31},
    {rdtsc_or_rdtscp, map_0f, 0x01, 0, Form::modrm, 0xf9},
    {rdpru, map_0f, 0x01, 0, Form::modrm, 0xfd},
    {xsetbv, map_0f, 0x01, 0, Form::modrm, 0xd1},
    {xgetbv, map_0f, 0x01, 0, Form::modrm, 0xd0},
    {monitor, map_0f, 0x01, 0, Form::modrm, 0xc8},
    {mwait, map_0f, 0x01, 0, Form::modrm, 0xc9},
    {monitorx, map_0f, 0x01, 0, Form::modrm, 0xfa},
    {mwaitx, map_0f, 0x01, 0, Form::modrm, 0xfb},
    {mov_from_cr, map_0f, 0x20},
    {mov_to_cr, map_0f, 0x22},
    {mov_from_dr, map_0f, 0x21},
    {mov_to_dr, map_0f, 0x23},
    {lmsw, map_0f, 0x01, 0, Form::any_group, 6},
    {smsw, map_0f, 0x01, 0, Form::any_group, 4},
    {invlpg, map_0f, 0x01, 0, Form::memory, 7},
    {invlpga, map_0f, 0x01, 0, Form::modrm, 0xdf},
    {invlpgb, map_0f, 0x01, 0, Form::modrm, 0xfe},
    {tlbsync, map_0f, 0x01, 0, Form::modrm, 0xff},
    {invpcid, map_0f38, 0x82, 0, Form::plain, 0, Prefix::operand_size},
    {sgdt, map_0f, 0x01, 0, Form::memory, 0},
    {sidt, map_0f, 0x01, 0, Form::memory, 1},
    {lgdt, map_0f, 0x01, 0, Form::memory, 2},
    {lidt, map_0f, 0x01, 0, Form::memory, 3},
    {sldt, map_0f, 0x00, 0, Form::any_group, 0},
    {str, map_0f, 0x00, 0, Form::any_group, 1},
    {lldt, map_0f, 0x00, 0, Form::any_group, 2},
    {ltr, map_0f, 0x00, 0, Form::any_group, 3},
    {int_n, primary, 0xcd},
    {int3, primary, 0xcc},
    {into, primary, 0xce},
    {icebp, primary, 0xf1},
    {pushf, primary, 0x9c},
    {popf, primary, 0x9d},
    {iret, primary, 0xcf},
    {cli, primary, 0xfa},
    {sti, primary, 0xfb},
    {in, primary, 0xe4, 1},
    {in, primary, 0xec, 1},
    {out, primary, 0xe6, 1},
    {out, primary, 0xee, 1},
    {ins, primary, 0x6c, 1},
    {outs, primary, 0x6e, 1},
    {vmmcall, map_0f, 0x01, 0, Form::modrm, 0xd9},
    {vmcall, map_0f, 0x01, 0, Form::modrm, 0xc1},
    {vmrun, map_0f, 0x01, 0, Form::modrm, 0xd8},
    {vmload, map_0f, 0x01, 0, Form::modrm, 0xda},
    {vmsave, map_0f, 0x01, 0, Form::modrm, 0xdb},
    {stgi, map_0f, 0x01, 0, Form::modrm, 0xdc},
    {clgi, map_0f, 0x01, 0, Form::modrm, 0xdd},
    {skinit, map_0f, 0x01, 0, Form::modrm, 0xde},
    {vmxon, map_0f, 0xc7, 0, Form::memory, 6, Prefix::rep},
    {vmclear, map_0f, 0xc7, 0, Form::memory, 6, Prefix::operand_size},
    {vmptrld, map_0f, 0xc7, 0, Form::memory, 6, Prefix::none},
    {vmptrst, map_0f, 0xc7, 0, Form::memory, 7, Prefix::none},
    {vmlaunch, map_0f, 0x01, 0, Form::modrm, 0xc2},
    {vmresume, map_0f, 0x01, 0, Form::modrm, 0xc3},
    {vmxoff, map_0f, 0x01, 0, Form::modrm, 0xc4},
    {vmread, map_0f, 0x78, 0, Form::plain, 0, Prefix::none},
    {vmwrite, map_0f, 0x79, 0, Form::plain, 0, Prefix::none},
    {invept, map_0f38, 0x80, 0, Form::plain, 0, Prefix::operand_size},
    {invvpid, map_0f38, 0x81, 0, Form::plain, 0, Prefix::operand_size},
    {rdrand, map_0f, 0xc7, 0, Form::registers, 6},
    {rdseed, map_0f, 0xc7, 0, Form::registers, 7},
    {xsaves, map_0f, 0xc7, 0, Form::memory, 5},
    {xrstors, map_0f, 0xc7, 0, Form::memory, 3},
    {ud2, map_0f, 0x0b},
};

bool matches_form(const Pattern& pattern, const Instruction& instruction) {
  switch (pattern.form) {
    case Form::plain: return true;
    case Form::any_group: return instruction.group() == pattern.field;
    case Form::memory: return instruction.memory && instruction.group() == pattern.field;
    case Form::registers: return !instruction.memory && instruction.group() == pattern.field;
    case Form::modrm: return instruction.modrm == pattern.field;
  }
  return false;
}

bool matches_prefix(const Pattern& pattern, const Instruction& instruction) {
  switch (pattern.prefix) {
    case Prefix::any: return true;
    case Prefix::none: return instruction.repeat == Repeat::none && !instruction.operand_size_prefix;
    case Prefix::operand_size: return instruction.repeat == Repeat::none && instruction.operand_size_prefix;
    case Prefix::rep: return instruction.repeat == Repeat::rep;
  }
  return false;
}

// LOCK makes every one of these #UD, except AMD's way to CR8.
bool matches_lock(const Instruction& instruction) {
  if (!instruction.lock) return true;
  return instruction.is(map_0f, 0x20) || instruction.is(map_0f, 0x22);
}

bool matches(const Pattern& pattern, const Instruction& instruction) {
  return instruction.encoding == Encoding::legacy && instruction.map == pattern.map &&
         ((instruction.opcode ^ pattern.opcode) & ~pattern.ignored) == 0 && matches_form(pattern, instruction) &&
         matches_prefix(pattern, instruction) && matches_lock(instruction);
}

// The port instructions have no 64-bit form: REX.W does not widen them.
void narrow_port_access(ExitKind kind, Instruction& instruction) {
  bool port = kind == in || kind == out || kind == ins || kind == outs;
  if (port && instruction.operand_size == 8) instruction.operand_size = 4;
}

// Instructions without operands as everybody writes them, without redundant prefixes: these very bytes are the whole
// instruction in each mode, so nothing has to be decoded.
struct Plain {
  unsigned length = 0;
  std::array<u8, 3> bytes{};
};
constexpr size_t kinds = static_cast<size_t>(ud2) + 1;
constexpr std::array<Plain, kinds> plain_forms() {
  std::array<Plain, kinds> forms{};
  auto add = [&](ExitKind kind, Plain form) { forms[static_cast<size_t>(kind)] = form; };
  add(cpuid, {2, {0x0f, 0xa2}});
  add(hlt, {1, {0xf4}});
  add(rdmsr, {2, {0x0f, 0x32}});
  add(wrmsr, {2, {0x0f, 0x30}});
  add(wbinvd, {2, {0x0f, 0x09}});
  add(pause, {2, {0xf3, 0x90}});
  add(xsetbv, {3, {0x0f, 0x01, 0xd1}});
  add(vmmcall, {3, {0x0f, 0x01, 0xd9}});
  add(vmcall, {3, {0x0f, 0x01, 0xc1}});
  return forms;
}
constexpr std::array<Plain, kinds> plain = plain_forms();

// The length of the plain form if these are its bytes, else 0.
unsigned plain_length(ExitKind kind, std::span<const u8> bytes) {
  const Plain& form = plain[static_cast<size_t>(kind)];
  if (bytes.size() < form.length) return 0;
  return std::equal(form.bytes.begin(), form.bytes.begin() + form.length, bytes.begin()) ? form.length : 0;
}

}  // namespace

std::optional<Instruction> exit_instruction(ExitKind kind, std::span<const u8> bytes, CodeSize size) {
  Result<Instruction> decoded = decode(bytes, size);
  if (!decoded) return std::nullopt;
  for (const Pattern& pattern : patterns) {
    if (pattern.kind != kind || !matches(pattern, *decoded)) continue;
    narrow_port_access(kind, *decoded);
    return *decoded;
  }
  return std::nullopt;
}

std::optional<unsigned> exit_instruction_length(ExitKind kind, std::span<const u8> bytes, CodeSize size) {
  if (unsigned length = plain_length(kind, bytes)) return length;
  std::optional<Instruction> instruction = exit_instruction(kind, bytes, size);
  if (!instruction) return std::nullopt;
  return instruction->length;
}

}  // namespace xenolith
