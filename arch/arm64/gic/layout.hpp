// SPDX-License-Identifier: MIT
// Where the parts of a GICv2 CPU interface lie in its range.
#pragma once

#include "arch/arm64/gic/register_port.hpp"

namespace xenolith::gic {

// Systems with pages of 64 KiB repeat each of the two pages of 4 KiB sixteen times, so that one can be mapped without the other:
// then both lie together at the end of the first 64 KiB. Source: Arm Server Base System Architecture (DEN0029), "GICv2 address map".
// The identification register tells: it is seen at both places.
inline u64 cpu_interface_offset(RegisterPort& registers, u64 size) {
  constexpr u32 identification = 0x0fc, last_page = 0xf000;
  constexpr u32 architecture = 0x000f'0fff, v2 = 0x0002'043b;
  if (size < 0x2'0000) return 0;
  bool is_repeated = (registers.read(identification) & architecture) == v2 &&
                     (registers.read(last_page + identification) & architecture) == v2;
  return is_repeated ? last_page : 0;
}

}  // namespace xenolith::gic
