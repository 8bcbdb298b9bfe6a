// SPDX-License-Identifier: MIT
// Hypercalls of 32-bit callers (<xen/arch-x86/xen-x86_32.h>, "Hypercall interface"; docs/compat.md).
#pragma once

#include "core/hypercall/hypercall.hpp"

namespace xenolith {

// Performs hypercall `number` of a caller in 32-bit mode, on the CPU that runs it: arguments zero-extended, structures in the 32-bit
// layout. Fails with ENOSYS for what is not offered. Of a value only the low half counts. An outcome that is not done has arguments
// of 32 bits.
HypercallOutcome narrow_hypercall(Vcpu& caller, u64 number, const HypercallArguments& arguments);

}  // namespace xenolith
