// SPDX-License-Identifier: MIT
// HYPERVISOR_vcpu_op and HYPERVISOR_set_timer_op. Source: <xen/vcpu.h>.
#pragma once

#include "core/hypercall/hypercall.hpp"

namespace xenolith {

// [0] VCPUOP_*, [1] a vCPU of the caller's domain (ENOENT: not there), [2] guest address of the operation's structure.
HypercallOutcome vcpu_op(Vcpu& caller, const HypercallArguments& arguments);

// [0] system time in nanoseconds at which the caller's single-shot timer fires; 0 stops it.
HypercallOutcome set_timer_op(Vcpu& caller, const HypercallArguments& arguments);

namespace vcpu_operations {

// The vCPU that the call names. Fails with ENOENT.
Result<Vcpu*> subject(Vcpu& caller, const HypercallArguments& arguments);

// vcpu_timers.cpp
HypercallOutcome set_periodic_timer(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome stop_periodic_timer(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome set_singleshot_timer(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome stop_singleshot_timer(Vcpu& caller, const HypercallArguments& arguments);

// vcpu_areas.cpp
HypercallOutcome register_info(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome register_runstate(Vcpu& caller, const HypercallArguments& arguments);
HypercallOutcome register_time(Vcpu& caller, const HypercallArguments& arguments);

}  // namespace vcpu_operations
}  // namespace xenolith
