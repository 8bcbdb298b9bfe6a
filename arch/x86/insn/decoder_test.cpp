// SPDX-License-Identifier: MIT
#include "arch/x86/insn/decoder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "arch/x86/insn/decoder_samples.hpp"

namespace xenolith {
namespace {

using Bytes = std::vector<u8>;

Bytes bytes_of(std::string_view hexadecimal) {
  Bytes bytes;
  for (size_t i = 0; i + 1 < hexadecimal.size(); i += 2)
    bytes.push_back(static_cast<u8>(std::stoul(std::string{hexadecimal.substr(i, 2)}, nullptr, 16)));
  return bytes;
}

Instruction decoded(std::string_view hexadecimal, CodeSize size = CodeSize::bits64) {
  Bytes bytes = bytes_of(hexadecimal);
  auto result = decode(bytes, size);
  EXPECT_TRUE(result) << hexadecimal << " error " << result.error();
  if (!result) return {};
  EXPECT_EQ(result->length, bytes.size()) << hexadecimal;
  return *result;
}

Error failure(std::string_view hexadecimal, CodeSize size = CodeSize::bits64) {
  auto result = decode(bytes_of(hexadecimal), size);
  EXPECT_TRUE(result.failed()) << hexadecimal;
  return result.error();
}

// The length neither depends on what follows, nor is an instruction accepted of which a byte is missing.
void check_length(std::string_view hexadecimal, CodeSize size) {
  Bytes bytes = bytes_of(hexadecimal);
  size_t length = bytes.size();
  bytes.resize(length + 16, 0xcc);
  auto whole = decode(bytes, size);
  ASSERT_TRUE(whole) << hexadecimal << " error " << whole.error();
  EXPECT_EQ(whole->length, length) << hexadecimal;
  for (size_t shorter = 0; shorter < length; ++shorter) {
    auto part = decode(std::span{bytes}.first(shorter), size);
    ASSERT_TRUE(part.failed()) << hexadecimal << " of " << shorter;
    EXPECT_EQ(part.error(), XEN_EAGAIN) << hexadecimal << " of " << shorter;
  }
}

void check_lengths(std::string_view samples, CodeSize size) {
  while (!samples.empty()) {
    size_t end = std::min(samples.find(' '), samples.size());
    check_length(samples.substr(0, end), size);
    samples.remove_prefix(std::min(end + 1, samples.size()));
  }
}

TEST(Decoder, Lengths64) { check_lengths(testing::samples_64, CodeSize::bits64); }
TEST(Decoder, Lengths32) { check_lengths(testing::samples_32, CodeSize::bits32); }
TEST(Decoder, Lengths16) { check_lengths(testing::samples_16, CodeSize::bits16); }

TEST(Decoder, MemoryOperand) {
  Instruction insn = decoded("4a8b44a510");  // mov 0x10(%rbp,%r12,4),%rax
  ASSERT_TRUE(insn.memory);
  EXPECT_EQ(insn.memory->base, u8{5});
  EXPECT_EQ(insn.memory->index, u8{12});
  EXPECT_EQ(insn.memory->scale, 4);
  EXPECT_EQ(insn.memory->displacement, 0x10);
  EXPECT_EQ(insn.memory->segment, Segment::ss);
  EXPECT_EQ(insn.operand_size, 8);
  EXPECT_EQ(insn.reg(), 0);
}

TEST(Decoder, MemoryOperandSpecialForms) {
  Instruction relative = decoded("8b0dfcffffff");  // mov -4(%rip),%ecx
  EXPECT_TRUE(relative.memory->rip_relative);
  EXPECT_FALSE(relative.memory->base);
  EXPECT_EQ(relative.memory->displacement, -4);
  EXPECT_EQ(relative.reg(), 1);

  Instruction absolute = decoded("8b0c2500004000");  // mov 0x400000,%ecx
  EXPECT_FALSE(absolute.memory->rip_relative || absolute.memory->base || absolute.memory->index);
  EXPECT_EQ(absolute.memory->displacement, 0x400000);

  Instruction r12 = decoded("498b0c24");  // mov (%r12),%rcx: SIB without index, data segment
  EXPECT_EQ(r12.memory->base, u8{12});
  EXPECT_FALSE(r12.memory->index);
  EXPECT_EQ(r12.memory->segment, Segment::ds);

  EXPECT_FALSE(decoded("8b0d78563412", CodeSize::bits32).memory->rip_relative);
}

TEST(Decoder, SixteenBitAddressing) {
  Instruction insn = decoded("8b42fe", CodeSize::bits16);  // mov -2(%bp,%si),%ax
  EXPECT_EQ(insn.memory->base, u8{5});
  EXPECT_EQ(insn.memory->index, u8{6});
  EXPECT_EQ(insn.memory->displacement, -2);
  EXPECT_EQ(insn.memory->segment, Segment::ss);
  EXPECT_EQ(insn.operand_size, 2);
  EXPECT_EQ(insn.address_size, 2);
  EXPECT_EQ(decoded("8b0e3412", CodeSize::bits16).memory->displacement, 0x1234);
  EXPECT_EQ(decoded("678b4508", CodeSize::bits16).address_size, 4);
}

TEST(Decoder, AbsoluteOffsets) {
  EXPECT_EQ(decoded("48a18877665544332211").memory->displacement, 0x1122334455667788);
  EXPECT_EQ(decoded("67a100000080").memory->displacement, 0x80000000);
  EXPECT_EQ(decoded("64a13412", CodeSize::bits16).memory->segment, Segment::fs);
}

TEST(Decoder, Immediates) {
  EXPECT_EQ(decoded("4883c0ff").immediate, ~u64{0});
  EXPECT_EQ(decoded("48b8efcdab8967452301").immediate, 0x0123456789abcdef);
  EXPECT_EQ(decoded("c21000").immediate, 0x10u);
  Instruction far = decoded("ea785634121000", CodeSize::bits32);
  EXPECT_EQ(far.immediate, 0x12345678u);
  EXPECT_EQ(far.immediate2, 0x10);
  Instruction enter = decoded("c8000103");
  EXPECT_EQ(enter.immediate, 0x100u);
  EXPECT_EQ(enter.immediate2, 3);
}

TEST(Decoder, Prefixes) {
  Instruction insn = decoded("f02e6483042501000000ff");  // lock addl $-1,%fs:1, with a cs override that has no effect
  EXPECT_TRUE(insn.lock);
  EXPECT_EQ(insn.memory->segment, Segment::fs);
  EXPECT_EQ(decoded("642e8b00").memory->segment, Segment::fs);
  EXPECT_EQ(decoded("642e8b00", CodeSize::bits32).memory->segment, Segment::cs);
  EXPECT_EQ(decoded("f2f3a4").repeat, Repeat::rep);
  EXPECT_EQ(decoded("4866b83412").operand_size, 2);  // REX before another prefix is void
  EXPECT_EQ(decoded("6648b80000000000000000").operand_size, 8);
}

TEST(Decoder, OperandSizesOfStackAndControl) {
  EXPECT_EQ(decoded("ff30").operand_size, 8);
  EXPECT_EQ(decoded("66ff30").operand_size, 2);
  EXPECT_EQ(decoded("ff00").operand_size, 4);
  EXPECT_EQ(decoded("0f20c0").operand_size, 8);
  EXPECT_EQ(decoded("0f20c0", CodeSize::bits32).operand_size, 4);
  EXPECT_EQ(control_register(decoded("440f22c0")), 8);
  EXPECT_EQ(control_register(decoded("f00f22c0", CodeSize::bits32)), 8);
  EXPECT_EQ(control_register(decoded("0f22d8")), 3);
}

TEST(Decoder, VectorPrefixes) {
  EXPECT_EQ(decoded("c5f877").encoding, Encoding::vex);
  EXPECT_EQ(decoded("c4e2f9f7c1").map, OpcodeMap::map_0f38);
  EXPECT_EQ(decoded("62f17c48100501000000").encoding, Encoding::evex);
  EXPECT_EQ(decoded("8fe8a0a2c1f0").map, OpcodeMap::xop8);
  EXPECT_EQ(decoded("c500", CodeSize::bits32).encoding, Encoding::legacy);  // lds
  EXPECT_EQ(decoded("6200", CodeSize::bits32).encoding, Encoding::legacy);  // bound
  EXPECT_EQ(decoded("8f00").encoding, Encoding::legacy);                    // pop
  EXPECT_EQ(failure("66c5f877"), XEN_EILSEQ);
  EXPECT_EQ(failure("48c5f877"), XEN_EILSEQ);
}

TEST(Decoder, UndefinedOpcodes) {
  for (std::string_view text : {"06", "27", "60", "62000000", "9a00000000", "ce", "d4", "ea", "0f04", "0f0a", "0f24c0"})
    EXPECT_EQ(failure(text), XEN_EILSEQ) << text;
  EXPECT_EQ(failure("0fff"), XEN_EAGAIN);
}

TEST(Decoder, FifteenBytesAtMost) {
  EXPECT_EQ(decoded("666666666666666666666666666690").length, 15);
  EXPECT_EQ(failure("6666666666666666666666666666668b00"), XEN_E2BIG);
  EXPECT_EQ(failure("66666666666666666666666666668b00"), XEN_E2BIG);
  EXPECT_EQ(failure("6666666666666666666666666666"), XEN_EAGAIN);
}

}  // namespace
}  // namespace xenolith
