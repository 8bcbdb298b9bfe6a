// SPDX-License-Identifier: MIT
// A guest's general registers, as cpu/vectors.S stores them.
#pragma once

#include <array>

#include "core/base/bits.hpp"
#include "core/base/types.hpp"

namespace xenolith {

// Fields of PSTATE as SPSR_EL2 has them (ARM Architecture Reference Manual, section C5.2.19 "SPSR_EL2").
namespace pstate {
inline constexpr u64 mode_el0 = 0, mode_el1_with_own_stack = 5, mode_aarch32 = 0x10;
inline constexpr u64 mask_debug = 1 << 9, mask_serror = 1 << 8, mask_irq = 1 << 7, mask_fiq = 1 << 6;
inline constexpr u64 at_start = mode_el1_with_own_stack | mask_debug | mask_serror | mask_irq | mask_fiq;

// Of a 32-bit process: IT, which instructions of the block that follows an IT instruction are skipped, one instruction further on (the same manual,
// pseudocode function AArch32.ITAdvance()).
constexpr u64 after_conditional(u64 pstate) {
  using Upper = Bits<15, 10>;  // IT[7:2]
  using Lower = Bits<26, 25>;  // IT[1:0]
  u64 it = Upper::get(pstate) << 2 | Lower::get(pstate);
  it = (it & 0x7) == 0 ? 0 : (it & 0xe0) | (it << 1 & 0x1f);
  return Upper::set(Lower::set(pstate, it & 3), it >> 2);
}
}  // namespace pstate

struct GuestRegisters {
  std::array<u64, 31> x{};
  u64 pc = 0, pstate = pstate::at_start;

  // Register 31 is zero in the instructions that are emulated.
  u64 get(unsigned number) const { return number < 31 ? x[number] : 0; }
  void set(unsigned number, u64 value) {
    if (number < 31) x[number] = value;
  }
  bool is_kernel64() const { return (pstate & 0x1e) == 0x4; }  // EL1t or EL1h
  bool is_aarch32() const { return pstate & pstate::mode_aarch32; }
  bool is_user() const { return (pstate & 0xf) == pstate::mode_el0; }
  void skip(bool is_16_bit_instruction = false) {
    pc += is_16_bit_instruction ? 2 : 4;
    if (is_aarch32()) pstate = pstate::after_conditional(pstate);
  }
};
// ITE EQ, before its first instruction, before its second, and behind them.
static_assert(pstate::after_conditional(0xc00) == 0x1800 && pstate::after_conditional(0x1800) == 0 && pstate::after_conditional(0x30) == 0x30);
static_assert(__builtin_offsetof(GuestRegisters, pc) == 248 && __builtin_offsetof(GuestRegisters, pstate) == 256);

// Runs the guest until its next exit, interrupts off; answers its kind.
enum class ExitKind : u64 { synchronous = 0, irq = 1, fiq = 2, serror = 3 };
extern "C" ExitKind enter_guest(GuestRegisters* registers);

}  // namespace xenolith
