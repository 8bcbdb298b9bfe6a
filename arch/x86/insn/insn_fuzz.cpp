// SPDX-License-Identifier: MIT
// Decodes and emulates arbitrary bytes against arbitrary memory in all three code sizes.
#include <cstdlib>
#include <vector>

#include "arch/x86/insn/decoder.hpp"
#include "arch/x86/insn/emulator.hpp"
#include "arch/x86/insn/exit_instruction.hpp"

namespace xenolith {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// Answers each access by a stream of pseudo-random values and outcomes, and checks its arguments.
class RandomPort final : public EmulatorPort {
 public:
  RandomPort(u64 seed, CodeSize size) : word_{seed | 1}, in_64bit_{size == CodeSize::bits64} {}

  Attempt<u64> read_memory(GuestVirtual address, unsigned size, Access) override { return answer(address, size); }
  Outcome write_memory(GuestVirtual address, unsigned size, u64 value) override {
    require(fits(value, size));
    PERFORM(answer(address, size));
    return Outcome::done();
  }
  Attempt<u64> compare_exchange(GuestVirtual address, unsigned size, u64 expected, u64 desired) override {
    require(fits(expected, size) && fits(desired, size));
    u64 held = PERFORM(answer(address, size));
    return held % 4 ? expected : held;
  }
  Outcome probe_write(GuestVirtual address, unsigned size) override {
    PERFORM(answer(address, size));
    return Outcome::done();
  }
  Attempt<u64> read_io(u16, unsigned size) override { return answer(GuestVirtual{0}, size); }
  Outcome write_io(u16, unsigned size, u64 value) override {
    require(size <= 4 && fits(value, size));
    PERFORM(answer(GuestVirtual{0}, size));
    return Outcome::done();
  }

 private:
  static bool fits(u64 value, unsigned size) { return size == 8 || value >> (8 * size) == 0; }
  u64 next() { return word_ = word_ * 6364136223846793005 + 1442695040888963407; }

  Attempt<u64> answer(GuestVirtual address, unsigned size) {
    require(size == 1 || size == 2 || size == 4 || size == 8);
    require(in_64bit_ || address.raw() <= 0xffffffff);
    u64 last = address.raw() + size - 1;
    require(!in_64bit_ || static_cast<u64>(static_cast<i64>(last << 16) >> 16) == last);
    switch (next() >> 60) {
      case 0: return Outcome::retry();
      case 1: return Outcome::page_fault(address, 2);
      default: return (next() >> 3) & (~u64{0} >> (64 - 8 * size));
    }
  }

  u64 word_;
  bool in_64bit_;
};

GuestRegisters registers_from(u64 seed) {
  GuestRegisters registers;
  for (unsigned i = 0; i < gpr_count; ++i) {
    seed = seed * 6364136223846793005 + 1442695040888963407;
    registers.gpr[i] = seed >> (seed % 61);
  }
  registers.rip = 0x1000;
  registers.rflags = rflags_bit::fixed_one | (seed & (rflags_bit::arithmetic | rflags_bit::direction));
  return registers;
}

// rip moves by the length or stays; a failure that is not within a REP instruction changes nothing.
void check(const Instruction& insn, const GuestRegisters& before, const GuestRegisters& after, Outcome outcome) {
  using Kind = Outcome::Kind;
  bool done = outcome.kind() == Kind::done;
  require(after.rip == (done ? before.rip + insn.length : before.rip));
  require(outcome.kind() != Kind::in_progress || insn.repeat != Repeat::none);
  if (!done && insn.repeat == Repeat::none) require(after.gpr == before.gpr && after.rflags == before.rflags);
  require(((after.rflags ^ before.rflags) & ~rflags_bit::arithmetic) == 0);
}

void run(std::span<const u8> bytes, CodeSize size, u64 seed) {
  for (int kind = 0; kind <= static_cast<int>(ExitKind::ud2); ++kind) {
    auto length = exit_instruction_length(static_cast<ExitKind>(kind), bytes, size);
    require(!length || (*length >= 1 && *length <= max_instruction_length && *length <= bytes.size()));
  }
  auto insn = decode(bytes, size);
  if (!insn) return;
  require(insn->length >= 1 && insn->length <= max_instruction_length && insn->length <= bytes.size());
  GuestRegisters before = registers_from(seed), after = before;
  ExecutionState state;
  state.code_size = size;
  state.max_iterations = 8;
  state.segments[static_cast<u8>(Segment::ds)].limit = static_cast<u32>(seed);
  state.segments[static_cast<u8>(Segment::ss)].expand_down = seed & 1;
  state.segments[static_cast<u8>(Segment::es)].base = seed >> 32;
  RandomPort port{seed, size};
  check(*insn, before, after, emulate(*insn, after, state, port));
}

}  // namespace
}  // namespace xenolith

extern "C" void xenolith_fuzz_seeds(std::vector<std::vector<std::uint8_t>>& seeds) {
  for (unsigned opcode = 0; opcode < 256; ++opcode) {
    auto byte = static_cast<std::uint8_t>(opcode);
    seeds.push_back({1, 2, 3, 4, byte, 0x44, 0x24, 0x10, 0x20, 0x30, 0x40, 0x50});
    seeds.push_back({5, 6, 7, 8, 0x0f, byte, 0x84, 0x91, 0x20, 0x30, 0x40, 0x50, 0x60});
    seeds.push_back({5, 6, 7, 8, 0xf3, byte, 0x84, 0x91, 0x20, 0x30, 0x40, 0x50, 0x60});
  }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xenolith;
  if (size < 4) return 0;
  u64 seed = 0;
  for (int i = 0; i < 4; ++i) seed = seed * 0x9e3779b97f4a7c15 + data[i] + 1;
  std::vector<u8> bytes(data + 4, data + size);  // exactly as long as it is, so that ASan sees a read past the end
  for (CodeSize mode : {CodeSize::bits16, CodeSize::bits32, CodeSize::bits64}) run(bytes, mode, seed);
  return 0;
}
