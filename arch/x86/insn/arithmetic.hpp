// SPDX-License-Identifier: MIT
// The integer operations of x86 on values of 1, 2, 4 or 8 bytes, with the arithmetic flags they yield.
// Flags that the manuals leave undefined are as current processors have them where that is simple, else unchanged.
// Source: AMD64 APM volume 3 (24594), chapter 3 "General-Purpose Instruction Reference".
#pragma once

#include <algorithm>

#include "arch/x86/insn/registers.hpp"
#include "core/base/bits.hpp"

namespace xenolith {

// A result and all of rflags after the operation; value is zero-extended.
struct Computed {
  u64 value = 0;
  u64 flags = 0;
};

// By bits 5:3 of the opcode, or ModRM.reg of group 1.
enum class BinaryOperation : u8 { add, bit_or, adc, sbb, bit_and, sub, bit_xor, cmp };
// By ModRM.reg of group 2; 6 is an alias of shl.
enum class ShiftOperation : u8 { rol, ror, rcl, rcr, shl, shr, shl_alias, sar };
// By bits 4:3 of the opcode 0F A3.. or ModRM.reg of group 8, less 4.
enum class BitOperation : u8 { test, set, reset, complement };

constexpr u64 size_mask(unsigned size) { return ~u64{0} >> (64 - 8 * size); }
constexpr u64 sign_bit(unsigned size) { return bit(8 * size - 1); }
constexpr u64 sign_extend(u64 value, unsigned size) {
  return ((value & size_mask(size)) ^ sign_bit(size)) - sign_bit(size);
}

// `a` is the destination. For cmp the value is the difference, which the caller drops.
Computed compute(BinaryOperation operation, u64 a, u64 b, unsigned size, u64 flags);
Computed increment(u64 a, unsigned size, u64 flags);
Computed decrement(u64 a, unsigned size, u64 flags);
Computed negate(u64 a, unsigned size, u64 flags);
// `count` as the instruction gives it, before masking.
Computed shift(ShiftOperation operation, u64 a, unsigned count, unsigned size, u64 flags);
// SHLD and SHRD; `filler` gives the bits that come in.
Computed shift_double(bool left, u64 a, u64 filler, unsigned count, unsigned size, u64 flags);
// `index` is below 8 * size.
Computed change_bit(BitOperation operation, u64 a, unsigned index, u64 flags);

// The low half of a product, as the two-operand IMUL gives it.
Computed multiply_signed(u64 a, u64 b, unsigned size, u64 flags);

// Both halves of a product, as MUL and the one-operand IMUL give them.
struct WideProduct {
  u64 low = 0;
  u64 high = 0;
  u64 flags = 0;
};
WideProduct multiply_wide(bool is_signed, u64 a, u64 b, unsigned size, u64 flags);

// Condition `code` (0..15) of Jcc, SETcc and CMOVcc.
bool condition_holds(unsigned code, u64 flags);

}  // namespace xenolith
