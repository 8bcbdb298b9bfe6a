// SPDX-License-Identifier: MIT
// HYPERVISOR_physdev_op: what the hardware domain tells of its devices and interrupts. Source: <xen/physdev.h>.
#pragma once

#include "core/hypercall/hypercall.hpp"

namespace xenolith {

// [0] PHYSDEVOP_*, [1] guest address of its structure. What is not in the table of the architecture's rows is ENOSYS:
// a domain with a virtual IO-APIC has no use for it.
HypercallOutcome physdev_op(Vcpu& caller, const HypercallArguments& arguments);

}  // namespace xenolith
