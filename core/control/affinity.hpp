// SPDX-License-Identifier: MIT
// Which CPUs a vCPU may and should run on: the rules above the scheduler's. Source: <xen/domctl.h>, struct
// xen_domctl_vcpuaffinity, and <xen/sched.h>, SCHEDOP_pin_override.
#pragma once

#include "core/base/cpu_set.hpp"
#include "core/base/result.hpp"
#include "core/domain/vcpu.hpp"

namespace xenolith::affinity {

// Fail with EBUSY while an override is in force, EINVAL when no CPU of the domain's pool would be left (hard).
Result<void> set_hard(Vcpu& vcpu, const CpuSet& cpus);
Result<void> set_soft(Vcpu& vcpu, const CpuSet& cpus);

// Binds the vCPU to one CPU of its pool until end_override(). Fails with EINVAL (not such a CPU), EBUSY (overridden
// already, with another CPU).
Result<void> override_with(Vcpu& vcpu, CpuId cpu);
// Fails with EINVAL when there is no override.
Result<void> end_override(Vcpu& vcpu);

// What was set, an override aside.
CpuSet hard(const Vcpu& vcpu);
CpuSet soft(const Vcpu& vcpu);
// The CPUs of the domain's pool.
CpuSet pool_cpus(const Vcpu& vcpu);

}  // namespace xenolith::affinity
