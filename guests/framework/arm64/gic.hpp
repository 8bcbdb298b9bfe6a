// SPDX-License-Identifier: MIT
// The virtual interrupt controller, as far as the framework needs it. Source: Arm IHI 0048 (GICv2), IHI 0069 (GICv3).
#pragma once

#include "core/base/types.hpp"

namespace xenolith::guest::gic {

inline constexpr u32 none = 1023;

// On each vCPU: the distributor (vCPU 0), this vCPU's part of it and its interface; no interrupt is enabled yet.
void enable_on_this_cpu(u32 id);
void enable_private(u32 id, u32 intid);  // an SGI or PPI of vCPU `id`, which is this one
u32 acknowledge();
void end(u32 intid);

}  // namespace xenolith::guest::gic
