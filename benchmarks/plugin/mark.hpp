// SPDX-License-Identifier: MIT
// Marks: instructions without effect, by which a program says where a measurement begins and ends. On x86 the form is a long
// no-operation with a memory operand, `nopl displacement(%rax)` (AMD64 APM volume 3, NOP): nothing is accessed, in any mode, at any
// privilege. On arm64 it is `movz xzr, #number` (Arm Architecture Reference Manual, "MOVZ"), which no compiler makes.
// <guest/mark.hpp> has the other side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace xenolith::bench {

enum class Mark { none, begin, end };

inline constexpr uint32_t begin_displacement = 0x584e'0001, end_displacement = 0x584e'0002;

inline constexpr uint32_t begin_move = 0xd280'001f | 0x4e01 << 5, end_move = 0xd280'001f | 0x4e02 << 5;

inline Mark move_mark(uint32_t instruction) {
  if (instruction == begin_move) return Mark::begin;
  return instruction == end_move ? Mark::end : Mark::none;
}

// `bytes` are those of one instruction. What is a mark on one architecture is nothing that the other's programs hold.
inline Mark mark_in(const void* bytes, size_t size) {
  if (uint32_t move; size == sizeof move) return std::memcpy(&move, bytes, sizeof move), move_mark(move);
  constexpr uint8_t long_nop[] = {0x0f, 0x1f, 0x80};
  if (size != sizeof long_nop + 4 || std::memcmp(bytes, long_nop, sizeof long_nop) != 0) return Mark::none;
  uint32_t displacement;
  std::memcpy(&displacement, static_cast<const uint8_t*>(bytes) + sizeof long_nop, sizeof displacement);
  if (displacement == begin_displacement) return Mark::begin;
  return displacement == end_displacement ? Mark::end : Mark::none;
}

}  // namespace xenolith::bench
