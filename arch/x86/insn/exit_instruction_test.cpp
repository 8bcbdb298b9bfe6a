// SPDX-License-Identifier: MIT
#include "arch/x86/insn/exit_instruction.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace xenolith {
namespace {

using Bytes = std::vector<u8>;
using enum ExitKind;

std::optional<unsigned> length(ExitKind kind, Bytes bytes, CodeSize size = CodeSize::bits64) {
  return exit_instruction_length(kind, bytes, size);
}

TEST(ExitInstruction, Lengths) {
  EXPECT_EQ(length(cpuid, {0x0f, 0xa2}), 2u);
  EXPECT_EQ(length(cpuid, {0x66, 0x48, 0x0f, 0xa2, 0x90}), 4u);
  EXPECT_EQ(length(vmmcall, {0x0f, 0x01, 0xd9}), 3u);
  EXPECT_EQ(length(vmcall, {0x0f, 0x01, 0xc1}), 3u);
  EXPECT_EQ(length(hlt, {0xf4}), 1u);
  EXPECT_EQ(length(pause, {0xf3, 0x90}), 2u);
  EXPECT_EQ(length(rdtscp, {0x0f, 0x01, 0xf9}), 3u);
  EXPECT_EQ(length(rdtsc_or_rdtscp, {0x0f, 0x01, 0xf9}), 3u);
  EXPECT_EQ(length(rdtsc_or_rdtscp, {0x0f, 0x31}), 2u);
  EXPECT_EQ(length(xsetbv, {0x0f, 0x01, 0xd1}), 3u);
  EXPECT_EQ(length(invlpg, {0x0f, 0x01, 0x3c, 0x25, 0, 0, 0, 0}), 8u);
  EXPECT_EQ(length(int_n, {0xcd, 0x80}), 2u);
  EXPECT_EQ(length(icebp, {0xf1}), 1u);
  EXPECT_EQ(length(lmsw, {0x0f, 0x01, 0xf0}), 3u);
  EXPECT_EQ(length(vmptrld, {0x0f, 0xc7, 0x30}), 3u);
  EXPECT_EQ(length(vmxon, {0xf3, 0x0f, 0xc7, 0x30}), 4u);
  EXPECT_EQ(length(rdrand, {0x48, 0x0f, 0xc7, 0xf0}), 4u);
}

TEST(ExitInstruction, AnotherInstructionIsNotTaken) {
  EXPECT_EQ(length(cpuid, {0x0f, 0xa3, 0xc0}), std::nullopt);
  EXPECT_EQ(length(cpuid, {0x0f}), std::nullopt);
  EXPECT_EQ(length(cpuid, {}), std::nullopt);
  EXPECT_EQ(length(cpuid, {0xf0, 0x0f, 0xa2}), std::nullopt);
  EXPECT_EQ(length(pause, {0x90}), std::nullopt);
  EXPECT_EQ(length(rdtsc, {0x0f, 0x01, 0xf9}), std::nullopt);
  EXPECT_EQ(length(invlpg, {0x0f, 0x01, 0xf8}), std::nullopt);  // swapgs
  EXPECT_EQ(length(vmmcall, {0x0f, 0x01, 0xc1}), std::nullopt);
  EXPECT_EQ(length(into, {0xce}), std::nullopt);
  EXPECT_EQ(length(into, {0xce}, CodeSize::bits32), 1u);
  EXPECT_EQ(length(hlt, {0xc5, 0xf8, 0xf4, 0xc0}), std::nullopt);
}

// The plain forms are not decoded; the decoder must say the same of them, in each mode, and of each that is cut short.
TEST(ExitInstruction, PlainFormsAreWhatTheDecoderSays) {
  const std::pair<ExitKind, Bytes> plain[] = {
      {cpuid, {0x0f, 0xa2}},         {hlt, {0xf4}},         {rdmsr, {0x0f, 0x32}},         {wrmsr, {0x0f, 0x30}},
      {wbinvd, {0x0f, 0x09}},        {pause, {0xf3, 0x90}}, {xsetbv, {0x0f, 0x01, 0xd1}},  {vmmcall, {0x0f, 0x01, 0xd9}},
      {vmcall, {0x0f, 0x01, 0xc1}},
  };
  for (auto [kind, bytes] : plain)
    for (CodeSize size : {CodeSize::bits16, CodeSize::bits32, CodeSize::bits64}) {
      Bytes longer = bytes;
      longer.insert(longer.end(), 12, 0xcc);
      EXPECT_EQ(length(kind, longer, size), bytes.size());
      EXPECT_EQ(exit_instruction(kind, longer, size)->length, bytes.size());
      EXPECT_EQ(length(kind, Bytes(bytes.begin(), bytes.end() - 1), size), std::nullopt);
    }
}

TEST(ExitInstruction, ControlRegisters) {
  Bytes bytes{0x41, 0x0f, 0x22, 0xd9};  // mov %r9,%cr3
  auto insn = exit_instruction(mov_to_cr, bytes, CodeSize::bits64);
  ASSERT_TRUE(insn);
  EXPECT_EQ(control_register(*insn), 3);
  EXPECT_EQ(insn->rm(), 9);
  Bytes lock{0xf0, 0x0f, 0x20, 0xc1};  // mov %cr8,%ecx, AMD's way
  insn = exit_instruction(mov_from_cr, lock, CodeSize::bits32);
  ASSERT_TRUE(insn);
  EXPECT_EQ(control_register(*insn), 8);
  EXPECT_EQ(insn->length, 4);
}

TEST(ExitInstruction, PortWidths) {
  auto width = [](ExitKind kind, Bytes bytes, CodeSize size) -> unsigned {
    auto insn = exit_instruction(kind, bytes, size);
    return insn ? insn->operand_size : 0;
  };
  EXPECT_EQ(width(in, {0xe4, 0x71}, CodeSize::bits64), 1u);
  EXPECT_EQ(width(out, {0x66, 0xef}, CodeSize::bits64), 2u);
  EXPECT_EQ(width(out, {0x48, 0xef}, CodeSize::bits64), 4u);
  EXPECT_EQ(width(ins, {0xf3, 0x6d}, CodeSize::bits16), 2u);
  EXPECT_EQ(width(outs, {0xf3, 0x6e}, CodeSize::bits32), 1u);
}

}  // namespace
}  // namespace xenolith
