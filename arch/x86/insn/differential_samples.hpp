// SPDX-License-Identifier: MIT
// For tests: the instructions that the differential test draws from.
#pragma once

#include <cpuid.h>

#include <vector>

#include "core/base/types.hpp"

namespace xenolith::testing {

using Bytes = std::vector<u8>;

// What the test has to know of an instruction: how to prepare its operands and which flags it leaves undefined.
enum class Trait : unsigned {
  lockable = 1,
  byte = 2,
  memory_only = 4,
  bit_string = 8,  // the register is a signed bit index that moves the memory operand
  logic = 16,
  shift = 32,
  rotate = 64,
  double_shift = 128,
  multiply = 256,
  bit_test = 512,
  quadword = 1024,
  compares = 2048,
  by_cl = 4096,
};
constexpr unsigned operator|(Trait a, Trait b) { return static_cast<unsigned>(a) | static_cast<unsigned>(b); }
constexpr unsigned operator|(unsigned a, Trait b) { return a | static_cast<unsigned>(b); }

// An instruction with ModRM, less prefixes and operands.
struct Sample {
  Bytes opcode;
  int group;           // ModRM.reg, or -1: a random register
  int immediate;       // bytes; -1: by operand size, at most 4
  unsigned traits;

  bool has(Trait trait) const { return traits & static_cast<unsigned>(trait); }
};

inline void add_arithmetic(std::vector<Sample>& list) {
  for (u8 operation = 0; operation < 8; ++operation) {
    u8 base = static_cast<u8>(operation * 8);
    unsigned logic = operation == 1 || operation == 4 || operation == 6 ? 0u | Trait::logic : 0u;
    unsigned lock = logic | (operation == 7 ? 0u : 0u | Trait::lockable);
    list.push_back({{base}, -1, 0, lock | Trait::byte});
    list.push_back({{static_cast<u8>(base + 1)}, -1, 0, lock});
    list.push_back({{static_cast<u8>(base + 2)}, -1, 0, logic | Trait::byte});
    list.push_back({{static_cast<u8>(base + 3)}, -1, 0, logic});
    list.push_back({{0x80}, operation, 1, lock | Trait::byte});
    list.push_back({{0x81}, operation, -1, lock});
    list.push_back({{0x83}, operation, 1, lock});
  }
  for (int group : {0, 1}) {
    list.push_back({{0xf6}, group, 1, Trait::logic | Trait::byte});
    list.push_back({{0xf7}, group, -1, 0u | Trait::logic});
    list.push_back({{0xfe}, group, 0, Trait::lockable | Trait::byte});
    list.push_back({{0xff}, group, 0, 0u | Trait::lockable});
  }
  for (int group : {2, 3}) {
    list.push_back({{0xf6}, group, 0, Trait::lockable | Trait::byte});
    list.push_back({{0xf7}, group, 0, 0u | Trait::lockable});
  }
  for (int group : {4, 5}) {
    list.push_back({{0xf6}, group, 0, Trait::multiply | Trait::byte});
    list.push_back({{0xf7}, group, 0, 0u | Trait::multiply});
  }
  list.push_back({{0x84}, -1, 0, Trait::logic | Trait::byte});
  list.push_back({{0x85}, -1, 0, 0u | Trait::logic});
  list.push_back({{0x69}, -1, -1, 0u | Trait::multiply});
  list.push_back({{0x6b}, -1, 1, 0u | Trait::multiply});
  list.push_back({{0x0f, 0xaf}, -1, 0, 0u | Trait::multiply});
}

inline void add_shifts(std::vector<Sample>& list) {
  for (int group = 0; group < 8; ++group) {
    unsigned traits = 0u | (group < 4 ? Trait::rotate : Trait::shift);
    list.push_back({{0xc0}, group, 1, traits | Trait::byte});
    list.push_back({{0xc1}, group, 1, traits});
    list.push_back({{0xd0}, group, 0, traits | Trait::byte});
    list.push_back({{0xd1}, group, 0, traits});
    list.push_back({{0xd2}, group, 0, traits | Trait::byte | Trait::by_cl});
    list.push_back({{0xd3}, group, 0, traits | Trait::by_cl});
  }
  list.push_back({{0x0f, 0xa4}, -1, 1, 0u | Trait::double_shift});
  list.push_back({{0x0f, 0xa5}, -1, 0, Trait::double_shift | Trait::by_cl});
  list.push_back({{0x0f, 0xac}, -1, 1, 0u | Trait::double_shift});
  list.push_back({{0x0f, 0xad}, -1, 0, Trait::double_shift | Trait::by_cl});
}

inline bool host_has_movbe() {
  unsigned a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_MOVBE);
}

inline void add_moves(std::vector<Sample>& list) {
  list.push_back({{0x88}, -1, 0, 0u | Trait::byte});
  list.push_back({{0x89}, -1, 0, 0});
  list.push_back({{0x8a}, -1, 0, 0u | Trait::byte});
  list.push_back({{0x8b}, -1, 0, 0});
  list.push_back({{0xc6}, 0, 1, 0u | Trait::byte});
  list.push_back({{0xc7}, 0, -1, 0});
  list.push_back({{0x63}, -1, 0, 0});
  list.push_back({{0x8d}, -1, 0, 0u | Trait::memory_only});
  list.push_back({{0x0f, 0xc3}, -1, 0, 0u | Trait::memory_only});
  if (host_has_movbe()) {
    list.push_back({{0x0f, 0x38, 0xf0}, -1, 0, 0u | Trait::memory_only});
    list.push_back({{0x0f, 0x38, 0xf1}, -1, 0, 0u | Trait::memory_only});
  }
  list.push_back({{0x0f, 0xb6}, -1, 0, 0});
  list.push_back({{0x0f, 0xb7}, -1, 0, 0});
  list.push_back({{0x0f, 0xbe}, -1, 0, 0});
  list.push_back({{0x0f, 0xbf}, -1, 0, 0});
  for (u8 condition = 0; condition < 16; ++condition) {
    list.push_back({{0x0f, static_cast<u8>(0x40 + condition)}, -1, 0, 0});
    list.push_back({{0x0f, static_cast<u8>(0x90 + condition)}, 0, 0, 0u | Trait::byte});
  }
}

inline void add_atomics(std::vector<Sample>& list) {
  list.push_back({{0x86}, -1, 0, Trait::lockable | Trait::byte});
  list.push_back({{0x87}, -1, 0, 0u | Trait::lockable});
  list.push_back({{0x0f, 0xb0}, -1, 0, Trait::lockable | Trait::byte | Trait::compares});
  list.push_back({{0x0f, 0xb1}, -1, 0, Trait::lockable | Trait::compares});
  list.push_back({{0x0f, 0xc0}, -1, 0, Trait::lockable | Trait::byte});
  list.push_back({{0x0f, 0xc1}, -1, 0, 0u | Trait::lockable});
  list.push_back({{0x0f, 0xc7}, 1, 0, Trait::lockable | Trait::memory_only | Trait::quadword});
  list.push_back({{0x0f, 0xa3}, -1, 0, Trait::bit_test | Trait::bit_string});
  list.push_back({{0x0f, 0xba}, 4, 1, 0u | Trait::bit_test});
  for (u8 opcode : {0xab, 0xb3, 0xbb})
    list.push_back({{0x0f, opcode}, -1, 0, Trait::bit_test | Trait::bit_string | Trait::lockable});
  for (int group : {5, 6, 7}) list.push_back({{0x0f, 0xba}, group, 1, Trait::bit_test | Trait::lockable});
}

inline std::vector<Sample> all_samples() {
  std::vector<Sample> list;
  add_arithmetic(list);
  add_shifts(list);
  add_moves(list);
  add_atomics(list);
  return list;
}

}  // namespace xenolith::testing
