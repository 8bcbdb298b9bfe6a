// SPDX-License-Identifier: MIT
// Hypercalls of 32-bit kernels (xen/arch-x86/xen-x86_32.h, "Hypercall interface"): those that boot loaders make.
#pragma once

#include "core/hypercall/hypercall.hpp"

namespace xenolith::hvm {

// Arguments are as the registers hold them. Where the argument's structure has another layout for 32-bit callers, the handler works on
// a copy in the 64-bit layout. Fails with ENOSYS for what is not offered.
HypercallOutcome hypercall_32(Vcpu& caller, u32 number, const HypercallArguments& arguments);

}  // namespace xenolith::hvm
