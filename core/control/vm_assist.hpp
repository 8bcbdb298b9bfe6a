// SPDX-License-Identifier: MIT
// HYPERVISOR_vm_assist: conveniences that a guest switches on and off. Source: <xen/xen.h>, "Commands to
// HYPERVISOR_vm_assist()".
#pragma once

#include "core/hypercall/hypercall.hpp"

namespace xenolith {

// [0] VMASST_CMD_enable or disable (ENOSYS: another), [1] VMASST_TYPE_* (EINVAL: not one that this domain has).
HypercallOutcome vm_assist(Vcpu& caller, const HypercallArguments& arguments);

}  // namespace xenolith
