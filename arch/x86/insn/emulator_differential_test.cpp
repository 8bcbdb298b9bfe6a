// SPDX-License-Identifier: MIT
// Random instructions, executed by the emulator and by the processor under the test: registers, flags and memory must
// come out the same, but for flags that the manuals leave undefined.
#include <gtest/gtest.h>

#include <random>

#include "arch/x86/insn/decoder.hpp"
#include "arch/x86/insn/differential_samples.hpp"
#include "arch/x86/insn/emulator.hpp"
#include "arch/x86/insn/fake_port.hpp"
#include "arch/x86/insn/host_processor.hpp"

namespace xenolith {
namespace {

using namespace rflags_bit;
using namespace testing;

class Differential : public ::testing::Test {
 protected:
  static constexpr size_t memory_size = 16384;
  static constexpr u64 middle = memory_size / 2;

  u64 number() {
    static constexpr u64 edges[] = {0,      1,          2,          0x7f,       0x80,
                                    0xff,   0x7fff,     0x8000,     0xffff,     0x7fffffff,
                                    0x80000000, 0xffffffff, ~u64{0} >> 1, u64{1} << 63, ~u64{0}};
    return random() % 3 == 0 ? edges[random() % std::size(edges)] : random() >> random() % 64;
  }
  u64 address(u64 offset) const { return reinterpret_cast<u64>(memory.data()) + offset; }

  void fresh_state() {
    for (u64& value : registers.gpr) value = number();
    registers.rflags = fixed_one | interrupt | (random() & arithmetic);
    registers.rip = 0x401000;
    for (int i = -64; i < 64; i += 8) {
      u64 value = number();
      std::memcpy(&memory[middle + i], &value, 8);
    }
  }

  // Chooses prefixes, registers and a memory operand for a sample; registers are prepared accordingly.
  Bytes assemble(const Sample& sample);
  void prepare_operands(const Sample& sample, bool in_memory, unsigned reg, unsigned rm);
  u64 undefined_flags(const Sample& sample, const Instruction& instruction) const;
  void compare(const Bytes& bytes, const Sample* sample);

  std::mt19937_64 random{20240101};
  HostProcessor host;
  Bytes memory = Bytes(memory_size);
  GuestRegisters registers;
};

Bytes Differential::assemble(const Sample& sample) {
  bool in_memory = sample.has(Trait::memory_only) || random() % 2;
  bool byte = sample.has(Trait::byte) || sample.opcode == Bytes{0x0f, 0xb6} || sample.opcode == Bytes{0x0f, 0xbe};
  bool with_rex = random() % 2;
  u8 rex = with_rex ? static_cast<u8>(0x40 | random() % 16) : 0;
  if (sample.has(Trait::quadword)) rex &= static_cast<u8>(~8);
  bool narrow = random() % 4 == 0 && !sample.has(Trait::quadword) && sample.opcode != Bytes{0x0f, 0xc3};
  auto is_stack = [&](unsigned field, unsigned extension) {
    return field == 4 && !(rex & extension) && !(byte && !rex);
  };
  unsigned reg, rm;
  do reg = sample.group >= 0 ? static_cast<unsigned>(sample.group) : random() % 8;
  while (sample.group < 0 && is_stack(reg, 4));
  if (sample.opcode[0] == 0x0f && (sample.opcode[1] == 0xb6 || sample.opcode[1] == 0xbe))
    while (reg == 4) reg = random() % 8;
  if (in_memory) rex &= static_cast<u8>(~3), rm = 7;
  else do rm = random() % 8; while (is_stack(rm, 1));
  Bytes bytes;
  if (in_memory && sample.has(Trait::lockable) && random() % 2) bytes.push_back(0xf0);
  if (narrow) bytes.push_back(0x66);
  if (rex) bytes.push_back(rex);
  bytes.insert(bytes.end(), sample.opcode.begin(), sample.opcode.end());
  bytes.push_back(static_cast<u8>((in_memory ? 0x40 : 0xc0) | reg << 3 | rm));
  if (in_memory) bytes.push_back(static_cast<u8>(random() % 64 - 32));
  int size = sample.immediate >= 0 ? sample.immediate : (narrow && !(rex & 8) ? 2 : 4);
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<u8>(number()));
  prepare_operands(sample, in_memory, reg | (rex & 4 ? 8 : 0), rm | (rex & 1 ? 8 : 0));
  return bytes;
}

void Differential::prepare_operands(const Sample& sample, bool in_memory, unsigned reg, unsigned rm) {
  fresh_state();
  if (in_memory) registers.set(Gpr::rdi, address(middle));
  if (in_memory && sample.has(Trait::bit_string) && reg != 7)
    registers.gpr[reg] = static_cast<u64>(static_cast<i64>(random() % 8192) - 4096);
  if (sample.has(Trait::compares) && !in_memory && random() % 2) registers.set_rax(registers.gpr[rm]);
  if (in_memory && (sample.has(Trait::compares) || sample.has(Trait::quadword)) && random() % 2) {
    for (int i = -64; i < 64; i += 8) std::memset(&memory[middle + i], 0x5a, 8);
    registers.set_rax(0x5a5a5a5a5a5a5a5a);
    registers.set_rdx(0x5a5a5a5a5a5a5a5a);
  }
}

u64 Differential::undefined_flags(const Sample& sample, const Instruction& instruction) const {
  unsigned bits = 8 * instruction.operand_size;
  unsigned count = instruction.immediate_size ? static_cast<u8>(instruction.immediate) : 1;
  if (sample.has(Trait::by_cl)) count = static_cast<u8>(registers.rcx());
  count &= bits == 64 ? 63 : 31;
  u64 by_count = count > 1 ? overflow : 0;
  if (sample.has(Trait::logic)) return auxiliary;
  if (sample.has(Trait::multiply)) return sign | zero | auxiliary | parity;
  if (sample.has(Trait::bit_test)) return overflow | sign | auxiliary | parity;
  if (sample.has(Trait::rotate)) return by_count;
  if (sample.has(Trait::double_shift)) return count ? by_count | auxiliary : 0;
  if (sample.has(Trait::shift)) return (count ? by_count | auxiliary : 0) | (count >= bits ? carry : 0);
  return 0;
}

void Differential::compare(const Bytes& bytes, const Sample* sample) {
  SCOPED_TRACE(::testing::PrintToString(bytes));
  auto decoded = decode(bytes, CodeSize::bits64);
  ASSERT_TRUE(decoded);
  ASSERT_EQ(decoded->length, bytes.size());
  u64 ignored = sample ? undefined_flags(*sample, *decoded) : 0;
  FakePort port{address(0), memory_size};
  port.bytes() = memory;
  GuestRegisters before = registers, emulated = registers, real = registers;
  ExecutionState state;
  state.max_iterations = 3;
  Outcome outcome = Outcome::in_progress();
  while (outcome == Outcome::in_progress()) {
    EXPECT_EQ(emulated.rip, before.rip);
    outcome = emulate(*decoded, emulated, state, port);
  }
  ASSERT_EQ(outcome, Outcome::done());
  EXPECT_EQ(emulated.rip, before.rip + bytes.size());
  EXPECT_EQ(port.violations, 0u);
  host.execute(bytes, real);
  for (unsigned i = 0; i < gpr_count; ++i)
    EXPECT_EQ(emulated.gpr[i], real.gpr[i]) << "register " << i << " was " << std::hex << before.gpr[i];
  EXPECT_EQ(emulated.rflags & ~ignored, real.rflags & ~ignored) << std::hex << "flags were " << before.rflags;
  EXPECT_TRUE(port.bytes() == memory);
}

// A shift of 16 bits by more than 16 gives an undefined result.
bool result_is_undefined(const Sample& sample, const Bytes& bytes, const GuestRegisters& registers) {
  if (!sample.has(Trait::double_shift)) return false;
  auto decoded = decode(bytes, CodeSize::bits64);
  unsigned count = sample.has(Trait::by_cl) ? static_cast<u8>(registers.rcx()) : static_cast<u8>(decoded->immediate);
  return decoded->operand_size == 2 && (count & 31) >= 16;
}

TEST_F(Differential, ModRmInstructions) {
  for (const Sample& sample : all_samples()) {
    for (int i = 0; i < 400; ++i) {
      Bytes bytes = assemble(sample);
      if (sample.has(Trait::bit_string) && (decode(bytes, CodeSize::bits64)->memory) &&
          decode(bytes, CodeSize::bits64)->reg() == 7)
        continue;  // the index register is the base: the address would lie anywhere
      if (result_is_undefined(sample, bytes, registers)) continue;
      compare(bytes, &sample);
      if (HasFailure()) return;
    }
  }
}

TEST_F(Differential, AccumulatorAndRegisterForms) {
  for (int i = 0; i < 20000; ++i) {
    fresh_state();
    Bytes bytes;
    bool narrow = random() % 4 == 0;
    u8 rex = random() % 2 ? static_cast<u8>(0x40 | random() % 16) : 0;
    // A REX before another prefix is void.
    if ((narrow || rex) && random() % 4 == 0) bytes.push_back(static_cast<u8>(0x40 | random() % 16));
    if (narrow) bytes.push_back(0x66);
    if (rex) bytes.push_back(rex);
    bool wide = rex & 8;
    int by_operand = narrow && !wide ? 2 : 4;
    int immediate = 0;
    Sample logic{{}, 0, 0, 0u | Trait::logic};
    switch (random() % 5) {
      case 0: bytes.push_back(static_cast<u8>((random() % 8) * 8 + 4)), immediate = 1; break;
      case 1: bytes.push_back(static_cast<u8>((random() % 8) * 8 + 5)), immediate = by_operand; break;
      case 2: {
        unsigned target = random() % 8;
        if (target == 4) target = 5;
        bytes.push_back(static_cast<u8>(0xb8 + target)), immediate = wide ? 8 : by_operand;
        break;
      }
      case 3: {
        unsigned target = random() % 8;
        if (target == 4) target = 5;
        bytes.push_back(static_cast<u8>(0x90 + target));
        break;
      }
      default: bytes.push_back(0xa8 + (wide ? 1 : 0)), immediate = wide ? 4 : 1; break;
    }
    for (int n = 0; n < immediate; ++n) bytes.push_back(static_cast<u8>(number()));
    compare(bytes, &logic);
    if (HasFailure()) return;
  }
}

TEST_F(Differential, StringInstructions) {
  static constexpr u8 opcodes[] = {0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf};
  static constexpr u8 repeats[] = {0, 0xf2, 0xf3};
  for (int i = 0; i < 6000; ++i) {
    fresh_state();
    if (random() % 2) registers.rflags |= direction;
    registers.set(Gpr::rsi, address(middle + random() % 64));
    registers.set(Gpr::rdi, address(middle + random() % 64));
    registers.set_rcx(random() % 12);
    for (u64 n = middle - 200; n < middle + 200; ++n) memory[n] = random() % 8 == 0;
    registers.set_rax(random() % 4 ? 0 : number());
    Bytes bytes;
    if (u8 repeat = repeats[random() % 3]) bytes.push_back(repeat);
    if (random() % 4 == 0) bytes.push_back(0x66);
    if (random() % 2) bytes.push_back(0x48);
    bytes.push_back(opcodes[random() % std::size(opcodes)]);
    compare(bytes, nullptr);
    if (HasFailure()) return;
  }
}

// Base, index, scale and displacement in every combination that stays within the memory.
TEST_F(Differential, Addressing) {
  for (int i = 0; i < 20000; ++i) {
    fresh_state();
    u8 rex = static_cast<u8>(0x48 | random() % 8);
    unsigned base = random() % 8, index = random() % 8, mod = random() % 3;
    unsigned full_base = base | (rex & 1 ? 8 : 0), full_index = index | (rex & 2 ? 8 : 0);
    bool no_base = base == 5 && mod == 0;
    if (full_base == 4 || no_base || full_base == full_index) continue;
    registers.gpr[full_index] = random() % 64;
    if (full_index == 4) registers.gpr[4] = 0;
    registers.gpr[full_base] = address(middle);
    unsigned target = random() % 8;
    if (target == 4) target = 3;
    Bytes bytes{rex, static_cast<u8>(random() % 2 ? 0x8b : 0x8d), static_cast<u8>(mod << 6 | target << 3 | 4),
                static_cast<u8>((random() % 4) << 6 | index << 3 | base)};
    u32 displacement = static_cast<u32>(random() % 512 - 256);
    for (unsigned n = 0; n < (mod == 2 ? 4 : mod); ++n) bytes.push_back(static_cast<u8>(displacement >> (8 * n)));
    compare(bytes, nullptr);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace xenolith
