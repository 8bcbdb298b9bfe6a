// SPDX-License-Identifier: MIT
// Whether the x87 part of an extended state is as FNINIT leaves it (Intel SDM volume 1, section 13.6 "Processor Tracking of
// XSAVE-Managed State").
#pragma once

#include <algorithm>
#include <span>

#include "core/base/types.hpp"

namespace xenolith::hvm {

// legacy: the first 512 bytes of an XSAVE area. MXCSR and what follows the registers do not belong to the x87 part.
inline bool is_initial_x87(std::span<const u8, 512> legacy) {
  constexpr unsigned mxcsr = 24, registers = 32, vectors = 160;
  constexpr u8 control_low = 0x7f, control_high = 0x03;
  auto zero = [](u8 byte) { return byte == 0; };
  return legacy[0] == control_low && legacy[1] == control_high &&
         std::ranges::all_of(legacy.subspan(2, mxcsr - 2), zero) &&
         std::ranges::all_of(legacy.subspan(registers, vectors - registers), zero);
}

}  // namespace xenolith::hvm
