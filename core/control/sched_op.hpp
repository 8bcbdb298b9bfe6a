// SPDX-License-Identifier: MIT
// HYPERVISOR_sched_op: a vCPU yields, blocks, polls; a domain shuts down. Source: <xen/sched.h>.
#pragma once

#include "core/hypercall/hypercall.hpp"

namespace xenolith {

// [0] SCHEDOP_*, [1] guest address of its structure.
HypercallOutcome sched_op(Vcpu& caller, const HypercallArguments& arguments);
// The older call: [0] SCHEDOP_yield, block or shutdown, [1] for shutdown the SHUTDOWN_* code itself.
HypercallOutcome sched_op_compat(Vcpu& caller, const HypercallArguments& arguments);

}  // namespace xenolith
