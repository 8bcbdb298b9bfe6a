// SPDX-License-Identifier: MIT
// HYPERVISOR_multicall: several hypercalls in one.
#pragma once

#include "core/hypercall/hypercall.hpp"

namespace xenolith {

// [0] guest address of an array of struct multicall_entry, in the caller's layout, [1] how many. The calls are made in order; each entry gets
// its own result. A call that takes long is gone on with, by way of its entry, before the next begins. Fails with
// EFAULT; the entries before have been done. A multicall inside a multicall has the result EINVAL.
HypercallOutcome multicall(Vcpu& caller, const HypercallArguments& arguments);

}  // namespace xenolith
