// SPDX-License-Identifier: MIT
// The MSR bitmap of VMX: a bit that is set makes an exit (Intel SDM volume 3C, section 25.6.9 "MSR-Bitmap Address").
#pragma once

#include <algorithm>
#include <span>

#include "arch/x86/cpu/registers.hpp"
#include "core/base/units.hpp"

namespace xenolith::vmx {

// All MSRs exit, but those in `passed`. Reads of low and high MSRs, then writes of both: 1 KiB each.
constexpr void fill_msr_bitmap(std::span<u8, page_size> bitmap, std::span<const Msr> passed) {
  constexpr u32 range = 0x2000, high = 0xc0000000, part = range / 8;
  std::ranges::fill(bitmap, u8{0xff});
  for (Msr msr : passed) {
    u32 number = static_cast<u32>(msr);
    bool is_high = number >= high;
    u32 index = is_high ? number - high : number;
    if (index >= range) continue;
    for (u32 base : {is_high * part, (2 + is_high) * part})
      bitmap[base + index / 8] = static_cast<u8>(bitmap[base + index / 8] & ~(1u << index % 8));
  }
}

}  // namespace xenolith::vmx
