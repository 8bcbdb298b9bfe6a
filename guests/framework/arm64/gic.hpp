// SPDX-License-Identifier: MIT
// The virtual interrupt controller, as far as the framework needs it. Source: Arm IHI 0048 (GICv2), IHI 0069 (GICv3).
#pragma once

#include "core/base/types.hpp"

namespace xenolith::guest::gic {

inline constexpr u32 none = 1023;

// On each vCPU: the distributor (vCPU 0), this vCPU's part of it and its interface; no interrupt is enabled yet.
void enable_on_this_cpu(u32 id);
void enable_private(u32 id, u32 intid);  // an SGI or PPI of vCPU `id`, which is this one
// To another vCPU, or to all others.
void send_sgi(u32 id, u32 sgi);
void send_sgi_to_others(u32 sgi);
// What the interface answers: number_of() it is the interrupt, and all of it is to be given to end().
u32 acknowledge();
inline u32 number_of(u32 acknowledged) { return acknowledged & 0x3ff; }
void end(u32 acknowledged);

}  // namespace xenolith::guest::gic
