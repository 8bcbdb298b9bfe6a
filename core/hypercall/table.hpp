// SPDX-License-Identifier: MIT
// The hypercalls by number: <xen/xen.h>, "HYPERCALLS"; docs/hypercalls.md tells how to add one.
#pragma once

#include <span>

#include "core/hypercall/hypercall.hpp"

namespace xenolith {

// Performs hypercall `number` of a 64-bit caller, on the CPU that runs `caller`. Fails with ENOSYS for numbers that
// there are not. An outcome that is not done is to be made again, with the arguments that it names, after this CPU's
// pending work.
HypercallOutcome hypercall(Vcpu& caller, u64 number, const HypercallArguments& arguments);

// The calls that all architectures have. Those of one architecture are arch::hypercall_rows() (<arch/control.hpp>).
extern const std::span<const HypercallRow> hypercall_rows;

}  // namespace xenolith
