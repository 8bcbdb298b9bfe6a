// SPDX-License-Identifier: MIT
// Whether the x87 part of an extended state is as FNINIT leaves it (Intel SDM volume 1, section 13.6 "Processor Tracking of
// XSAVE-Managed State").
#pragma once

#include <cstring>
#include <span>

#include "core/base/types.hpp"

namespace xenolith::hvm {

// legacy: the first 512 bytes of an XSAVE area. MXCSR and what follows the registers do not belong to the x87 part.
inline bool is_initial_x87(std::span<const u8, 512> legacy) {
  constexpr unsigned mxcsr = 24, registers = 32, vectors = 160, word = sizeof(u64);
  constexpr u64 initial_control = 0x37f;  // the rest of its word, status and tags, is zero
  auto word_at = [&](unsigned at) {
    u64 value;
    std::memcpy(&value, legacy.data() + at, word);
    return value;
  };
  u64 differing = word_at(0) ^ initial_control;
  for (unsigned at = word; at < mxcsr; at += word) differing |= word_at(at);
  for (unsigned at = registers; at < vectors; at += word) differing |= word_at(at);
  return differing == 0;
}

}  // namespace xenolith::hvm
