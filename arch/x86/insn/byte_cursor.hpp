// SPDX-License-Identifier: MIT
// Reads an instruction's bytes in order and never past the end of what is given, nor past the longest instruction.
#pragma once

#include <span>

#include "arch/x86/insn/instruction.hpp"
#include "core/base/result.hpp"

namespace xenolith {

class ByteCursor {
 public:
  explicit constexpr ByteCursor(std::span<const u8> bytes) : bytes_{bytes} {}

  constexpr unsigned position() const { return position_; }

  // Errors: XEN_E2BIG past max_instruction_length, XEN_EAGAIN past the bytes that are given.
  Result<u8> peek() const {
    if (position_ >= max_instruction_length) return Failure{XEN_E2BIG};
    if (position_ >= bytes_.size()) return Failure{XEN_EAGAIN};
    return bytes_[position_];
  }
  Result<u8> next() {
    u8 byte = TRY(peek());
    ++position_;
    return byte;
  }
  // `size` bytes (0..8), least significant first, zero-extended.
  Result<u64> number(unsigned size) {
    u64 value = 0;
    for (unsigned i = 0; i < size; ++i) value |= u64{TRY(next())} << (8 * i);
    return value;
  }
  // The same, sign-extended.
  Result<u64> signed_number(unsigned size) {
    u64 value = TRY(number(size));
    if (size == 0 || size >= 8) return value;
    u64 sign = bit(8 * size - 1);
    return (value ^ sign) - sign;
  }

 private:
  std::span<const u8> bytes_;
  unsigned position_ = 0;
};

}  // namespace xenolith
