// SPDX-License-Identifier: MIT
// Offsets of the registers with one field for each interrupt: the same in distributors and in redistributors' second frame.
#pragma once

#include "core/base/types.hpp"

namespace xenolith::gic::bank {

inline constexpr u32 group = 0x080, enable_set = 0x100, enable_clear = 0x180, pending_set = 0x200, pending_clear = 0x280,
                     active_set = 0x300, active_clear = 0x380, priority = 0x400, target = 0x800, configuration = 0xc00,
                     route = 0x6000;
inline constexpr u32 control = 0x000, type = 0x004, sgir = 0xf00, peripheral_id2 = 0xffe8;
inline constexpr u32 write_pending = 1u << 31;  // of control: an earlier write has no effect yet

// Four priorities at once.
constexpr u32 priorities(u8 priority) { return priority * 0x0101'0101u; }

}  // namespace xenolith::gic::bank
