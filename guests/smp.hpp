// SPDX-License-Identifier: MIT
// What of the guest "smp" differs between architectures, and what both use.
#pragma once

#include "core/base/types.hpp"

namespace xenolith::guest {

inline constexpr u32 ipi_rounds = 200;

bool is_up(u32 id);
bool goes_down(u32 id);

// Of each architecture:
void start_and_stop(unsigned count);   // vCPU 1, in all ways but start_cpu()
void hardware_ipis(unsigned count);    // from vCPU 0 to all others, which have interrupts on
void own_vcpu_info(unsigned count);

}  // namespace xenolith::guest
