// SPDX-License-Identifier: MIT
// Which interrupt vectors are for what, on every CPU.
#pragma once

#include "core/base/types.hpp"

namespace xenolith::vectors {

inline constexpr u8 legacy_pic = 0x20;        // 0x20..0x2f: where the masked 8259s' spurious interrupts would come
inline constexpr u8 first_device = 0x30;
inline constexpr u8 last_device = 0xdf;
inline constexpr u8 timer = 0xf0;             // local APIC timer
inline constexpr u8 poke = 0xf1;              // IPI: look at your pending work (or just leave the guest)
inline constexpr u8 flush = 0xf2;             // IPI: flush TLBs and acknowledge
inline constexpr u8 error = 0xfe;             // local APIC error
inline constexpr u8 spurious = 0xff;

}  // namespace xenolith::vectors
