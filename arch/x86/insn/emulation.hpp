// SPDX-License-Identifier: MIT
// One instruction under emulation: its operands. Internal to this folder; emulator.hpp is the interface.
#pragma once

#include "arch/x86/insn/arithmetic.hpp"
#include "arch/x86/insn/emulator.hpp"

namespace xenolith {

class Emulation {
 public:
  Emulation(const Instruction& instruction, GuestRegisters& registers, const ExecutionState& state, EmulatorPort& port)
      : insn{instruction}, regs{registers}, state{state}, port{port} {}

  unsigned size() const { return insn.operand_size; }

  // General registers by number as the instruction names them: with one byte and no REX, 4..7 are ah, ch, dh, bh.
  // A 32-bit write clears the upper half; 8 and 16-bit writes keep the rest.
  u64 read_register(unsigned number, unsigned size) const;
  void write_register(unsigned number, unsigned size, u64 value);
  u64 accumulator(unsigned size) const { return regs.rax() & size_mask(size); }
  void write_accumulator(unsigned size, u64 value) { write_full_register(Gpr::rax, size, value); }
  // The same for a register that is never one of ah, ch, dh, bh.
  void write_full_register(Gpr which, unsigned size, u64 value);
  u64 read_full_register(Gpr which, unsigned size) const { return regs.get(which) & size_mask(size); }

  // Offset of the ModRM memory operand within its segment; `bias` bytes are added.
  u64 effective_offset(u64 bias = 0) const;

  // Linear address of `size` bytes at an offset. Raises #GP or #SS for limit, type and canonical violations.
  // AMD64 APM volume 2, 4.12 "Legacy Protection Checks" and 5.3.1 "Canonical Address Form".
  Attempt<GuestVirtual> linear(Segment segment, u64 offset, unsigned size, bool is_write) const;
  Outcome general_protection() const { return fault(exception::general_protection); }

  Attempt<u64> read(Segment segment, u64 offset, unsigned size, Access access = Access::read);
  Outcome write(Segment segment, u64 offset, unsigned size, u64 value);

  // The ModRM.rm operand, register or memory. `bias` moves a memory operand.
  Attempt<u64> read_rm(unsigned size);
  Outcome write_rm(unsigned size, u64 value);
  // Replaces it by change(old), atomically if locked; returns the old value. `change` may be called more than once.
  template <class Change>
  Attempt<u64> modify_rm(unsigned size, bool locked, Change change, u64 bias = 0) {
    if (!insn.memory) {
      u64 old = read_register(insn.rm(), size);
      write_register(insn.rm(), size, change(old));
      return old;
    }
    GuestVirtual address = PERFORM(linear(insn.memory->segment, effective_offset(bias), size, true));
    for (unsigned i = 0; i < max_locked_attempts; ++i) {
      u64 old = PERFORM(port.read_memory(address, size, Access::modify));
      u64 changed = change(old) & size_mask(size);
      if (!locked) {
        PERFORM(port.write_memory(address, size, changed));
        return old;
      }
      if (PERFORM(port.compare_exchange(address, size, old, changed)) == old) return old;
    }
    return Outcome::retry();
  }

  const Instruction& insn;
  GuestRegisters& regs;
  const ExecutionState& state;
  EmulatorPort& port;

 private:
  // Another vCPU may win this often before the guest is run again.
  static constexpr unsigned max_locked_attempts = 16;

  bool is_high_byte(unsigned number, unsigned size) const { return size == 1 && !insn.rex && number >= 4; }
  Outcome fault(Vector vector) const;
  bool is_canonical(u64 address) const;
  bool within_limit(const SegmentState& segment, u64 offset, unsigned size) const;
};

// Instructions of one group, each on a fresh Emulation; rip is advanced by the caller.
Outcome emulate_arithmetic(Emulation& e);      // 00..3F
Outcome emulate_group1(Emulation& e);          // 80..83
Outcome emulate_test(Emulation& e);            // 84, 85
Outcome emulate_test_accumulator(Emulation& e);  // A8, A9
Outcome emulate_group3(Emulation& e);          // F6, F7
Outcome emulate_group45(Emulation& e);         // FE, FF
Outcome emulate_imul(Emulation& e);            // 69, 6B, 0F AF
Outcome emulate_shift(Emulation& e);           // C0, C1, D0..D3
Outcome emulate_shift_double(Emulation& e);    // 0F A4, A5, AC, AD

Outcome emulate_mov(Emulation& e);             // 88..8B, 0F C3
Outcome emulate_mov_immediate(Emulation& e);   // B0..BF, C6, C7
Outcome emulate_mov_offset(Emulation& e);      // A0..A3
Outcome emulate_mov_extend(Emulation& e);      // 63, 0F B6, B7, BE, BF
Outcome emulate_movbe(Emulation& e);           // 0F 38 F0, F1
Outcome emulate_lea(Emulation& e);             // 8D
Outcome emulate_cmov(Emulation& e);            // 0F 40..4F
Outcome emulate_setcc(Emulation& e);           // 0F 90..9F
Outcome emulate_nothing(Emulation& e);         // 0F 0D, 18..1F

Outcome emulate_xchg(Emulation& e);            // 86, 87
Outcome emulate_xchg_accumulator(Emulation& e);  // 90..97
Outcome emulate_xadd(Emulation& e);            // 0F C0, C1
Outcome emulate_cmpxchg(Emulation& e);         // 0F B0, B1
Outcome emulate_group9(Emulation& e);          // 0F C7
Outcome emulate_bit_register(Emulation& e);    // 0F A3, AB, B3, BB
Outcome emulate_group8(Emulation& e);          // 0F BA

Outcome emulate_push(Emulation& e);            // 50..57, 68, 6A
Outcome emulate_push_rm(Emulation& e);         // FF /6
Outcome emulate_pop_register(Emulation& e);    // 58..5F
Outcome emulate_pop_rm(Emulation& e);          // 8F /0

Outcome emulate_string(Emulation& e);          // 6C..6F, A4..A7, AA..AF
Outcome emulate_port(Emulation& e);            // E4..E7, EC..EF

}  // namespace xenolith
