// SPDX-License-Identifier: MIT
// HYPERVISOR_hvm_op. Source: <xen/hvm/hvm_op.h>, <xen/hvm/params.h>.
#pragma once

#include "core/hypercall/hypercall.hpp"

namespace xenolith {

// [0] HVMOP_*, [1] guest address of its structure.
HypercallOutcome hvm_op(Vcpu& caller, const HypercallArguments& arguments);

namespace hvm_parameters {

HypercallOutcome set(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome get(Vcpu& caller, const HypercallArguments& arguments);

}  // namespace hvm_parameters
}  // namespace xenolith
