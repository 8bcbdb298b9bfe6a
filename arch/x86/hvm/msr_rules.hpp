// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/types.hpp"

namespace xenolith::hvm {

// Whether WRMSR takes the value for a register that the hardware keeps for the guest (SYSCALL and SYSENTER targets,
// segment bases, PAT, DEBUGCTL). AMD64 APM volume 2, appendix A "MSR Cross-Reference"; Intel SDM volume 3, "WRMSR"
// canonical checks.
bool is_valid_msr_value(u32 number, u64 value);

constexpr bool is_canonical(u64 address) { return static_cast<u64>(static_cast<i64>(address << 16) >> 16) == address; }

static_assert(is_canonical(0x00007fffffffffff) && is_canonical(0xffff800000000000));
static_assert(!is_canonical(0x0000800000000000));

}  // namespace xenolith::hvm
