// SPDX-License-Identifier: MIT
// The longest stay in a guest, by the preemption timer. An interrupt of the host ends a stay sooner; this is for the one that does not
// come, so that no guest ever keeps a CPU.
#pragma once

#include <algorithm>

#include "core/base/types.hpp"

namespace xenolith::vmx {

inline constexpr u64 stays_per_second = 250;

// The timer's start for each entry: it counts down when bit `shift` of the time stamp counter changes
// (Intel SDM volume 3C, section 26.5.1 "VMX-Preemption Timer").
constexpr u32 preemption_ticks(u64 tsc_hz, unsigned shift) {
  constexpr u64 most = 0xffffffff;
  return static_cast<u32>(std::clamp((tsc_hz / stays_per_second) >> shift, u64{1}, most));
}

}  // namespace xenolith::vmx
