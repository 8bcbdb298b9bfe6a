// SPDX-License-Identifier: MIT
// HYPERVISOR_event_channel_op: the table of operations. The structures are the same for 32-bit and 64-bit callers.
#pragma once

#include <span>

#include "core/hypercall/hypercall.hpp"

namespace xenolith {

// Arguments: [0] EVTCHNOP_*, [1] guest address of the operation's structure.
extern const std::span<const HypercallRow> event_channel_rows;
HypercallOutcome event_channel_op(Vcpu& caller, const HypercallArguments& arguments);
// The older call: [0] guest address of struct evtchn_op, which holds the number; ENOSYS for numbers that it never had.
HypercallOutcome event_channel_op_compat(Vcpu& caller, const HypercallArguments& arguments);

}  // namespace xenolith
