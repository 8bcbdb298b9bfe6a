// SPDX-License-Identifier: MIT
#include "arch/x86/insn/arithmetic.hpp"

#include <bit>

namespace xenolith {
namespace {

using namespace rflags_bit;

constexpr u64 when(bool condition, u64 flag) { return condition ? flag : 0; }

// Zero, sign and parity of a result.
u64 result_flags(u64 value, unsigned size) {
  bool even = std::popcount(static_cast<u8>(value)) % 2 == 0;
  return when(value == 0, zero) | when(value & sign_bit(size), sign) | when(even, parity);
}

Computed with_flags(u64 value, unsigned size, u64 flags, u64 others) {
  return {value, (flags & ~arithmetic) | result_flags(value, size) | others};
}

Computed add_with(u64 a, u64 b, bool carry_in, unsigned size, u64 flags) {
  u64 sum = (a + b + carry_in) & size_mask(size);
  u64 carries = (a & b) | ((a | b) & ~sum);
  u64 others = when(carries & sign_bit(size), carry) | when((a ^ b ^ sum) & 0x10, auxiliary) |
               when((a ^ sum) & (b ^ sum) & sign_bit(size), overflow);
  return with_flags(sum, size, flags, others);
}

Computed subtract_with(u64 a, u64 b, bool borrow_in, unsigned size, u64 flags) {
  u64 difference = (a - b - borrow_in) & size_mask(size);
  u64 borrows = (~a & b) | ((~a | b) & difference);
  u64 others = when(borrows & sign_bit(size), carry) | when((a ^ b ^ difference) & 0x10, auxiliary) |
               when((a ^ b) & (a ^ difference) & sign_bit(size), overflow);
  return with_flags(difference, size, flags, others);
}

Computed keep_carry(Computed result, u64 flags) {
  return {result.value, (result.flags & ~carry) | (flags & carry)};
}

// One step of a shift or rotate: a value and the carry flag.
struct Shifted {
  u64 value;
  bool carry;
};

Shifted shift_left_once(Shifted state, bool bit_in, unsigned size) {
  return {((state.value << 1) | bit_in) & size_mask(size), (state.value & sign_bit(size)) != 0};
}

Shifted shift_right_once(Shifted state, bool bit_in, unsigned size) {
  return {(state.value >> 1) | when(bit_in, sign_bit(size)), (state.value & 1) != 0};
}

Shifted shift_once(ShiftOperation operation, Shifted state, unsigned size) {
  bool highest = (state.value & sign_bit(size)) != 0;
  switch (operation) {
    case ShiftOperation::rol: return shift_left_once(state, highest, size);
    case ShiftOperation::ror: return shift_right_once(state, state.value & 1, size);
    case ShiftOperation::rcl: return shift_left_once(state, state.carry, size);
    case ShiftOperation::rcr: return shift_right_once(state, state.carry, size);
    case ShiftOperation::shr: return shift_right_once(state, false, size);
    case ShiftOperation::sar: return shift_right_once(state, highest, size);
    case ShiftOperation::shl:
    case ShiftOperation::shl_alias: break;
  }
  return shift_left_once(state, false, size);
}

constexpr unsigned masked_count(unsigned count, unsigned size) { return count & (size == 8 ? 0x3f : 0x1f); }

// Overflow after shifts by one; for other counts it is undefined and this is as good as any.
bool shift_overflow(bool left, Shifted state, unsigned size) {
  bool highest = (state.value & sign_bit(size)) != 0;
  bool next = left ? state.carry : (state.value & (sign_bit(size) >> 1)) != 0;
  return highest != next;
}

}  // namespace

Computed compute(BinaryOperation operation, u64 a, u64 b, unsigned size, u64 flags) {
  a &= size_mask(size);
  b &= size_mask(size);
  switch (operation) {
    case BinaryOperation::add: return add_with(a, b, false, size, flags);
    case BinaryOperation::adc: return add_with(a, b, flags & carry, size, flags);
    case BinaryOperation::sbb: return subtract_with(a, b, flags & carry, size, flags);
    case BinaryOperation::sub:
    case BinaryOperation::cmp: return subtract_with(a, b, false, size, flags);
    case BinaryOperation::bit_or: return with_flags(a | b, size, flags, 0);
    case BinaryOperation::bit_and: return with_flags(a & b, size, flags, 0);
    case BinaryOperation::bit_xor: break;
  }
  return with_flags(a ^ b, size, flags, 0);
}

Computed increment(u64 a, unsigned size, u64 flags) {
  return keep_carry(compute(BinaryOperation::add, a, 1, size, flags), flags);
}

Computed decrement(u64 a, unsigned size, u64 flags) {
  return keep_carry(compute(BinaryOperation::sub, a, 1, size, flags), flags);
}

Computed negate(u64 a, unsigned size, u64 flags) { return compute(BinaryOperation::sub, 0, a, size, flags); }

Computed shift(ShiftOperation operation, u64 a, unsigned count, unsigned size, u64 flags) {
  unsigned steps = masked_count(count, size);
  Shifted state{a & size_mask(size), (flags & carry) != 0};
  if (steps == 0) return {state.value, flags};
  for (unsigned i = 0; i < steps; ++i) state = shift_once(operation, state, size);
  bool left = operation != ShiftOperation::ror && operation != ShiftOperation::rcr &&
              operation != ShiftOperation::shr && operation != ShiftOperation::sar;
  u64 changed = when(state.carry, carry) | when(shift_overflow(left, state, size), overflow);
  bool rotates = operation <= ShiftOperation::rcr;
  if (rotates) return {state.value, (flags & ~(carry | overflow)) | changed};
  return with_flags(state.value, size, flags, changed);
}

Computed shift_double(bool left, u64 a, u64 filler, unsigned count, unsigned size, u64 flags) {
  unsigned steps = masked_count(count, size);
  Shifted state{a & size_mask(size), false};
  Shifted source{filler & size_mask(size), false};
  if (steps == 0) return {state.value, flags};
  for (unsigned i = 0; i < steps; ++i) {
    ShiftOperation rotate = left ? ShiftOperation::rol : ShiftOperation::ror;
    source = shift_once(rotate, source, size);
    state = left ? shift_left_once(state, source.carry, size) : shift_right_once(state, source.carry, size);
  }
  bool overflowed = shift_overflow(left, state, size);
  return with_flags(state.value, size, flags, when(state.carry, carry) | when(overflowed, overflow));
}

Computed change_bit(BitOperation operation, u64 a, unsigned index, u64 flags) {
  u64 mask = bit(index);
  u64 changed = (flags & ~carry) | when(a & mask, carry);
  switch (operation) {
    case BitOperation::test: return {a, changed};
    case BitOperation::set: return {a | mask, changed};
    case BitOperation::reset: return {a & ~mask, changed};
    case BitOperation::complement: break;
  }
  return {a ^ mask, changed};
}

WideProduct multiply_wide(bool is_signed, u64 a, u64 b, unsigned size, u64 flags) {
  using Wide = unsigned __int128;
  u64 left = is_signed ? sign_extend(a, size) : a & size_mask(size);
  u64 right = is_signed ? sign_extend(b, size) : b & size_mask(size);
  Wide product = Wide{left} * right;
  if (is_signed) {
    if (static_cast<i64>(left) < 0) product -= Wide{right} << 64;
    if (static_cast<i64>(right) < 0) product -= Wide{left} << 64;
  }
  u64 low = static_cast<u64>(product) & size_mask(size);
  u64 high = static_cast<u64>(product >> (8 * size)) & size_mask(size);
  u64 insignificant = is_signed && (low & sign_bit(size)) ? size_mask(size) : 0;
  u64 overflowed = when(high != insignificant, carry | overflow);
  return {low, high, (flags & ~(carry | overflow)) | overflowed};
}

Computed multiply_signed(u64 a, u64 b, unsigned size, u64 flags) {
  WideProduct product = multiply_wide(true, a, b, size, flags);
  return {product.low, product.flags};
}

bool condition_holds(unsigned code, u64 flags) {
  bool less = ((flags & sign) != 0) != ((flags & overflow) != 0);
  bool holds = false;
  switch (code >> 1) {
    case 0: holds = flags & overflow; break;
    case 1: holds = flags & carry; break;
    case 2: holds = flags & zero; break;
    case 3: holds = flags & (carry | zero); break;
    case 4: holds = flags & sign; break;
    case 5: holds = flags & parity; break;
    case 6: holds = less; break;
    default: holds = less || (flags & zero); break;
  }
  return holds != ((code & 1) != 0);
}

}  // namespace xenolith
