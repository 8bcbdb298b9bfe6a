// SPDX-License-Identifier: MIT
// The sysctl operations that only x86 has.
#include <arch/control.hpp>

#include "arch/x86/control/cpu_policy_operations.hpp"
#include "core/control/platform_op.hpp"

namespace xenolith::arch {
namespace {

// Masking and faulting of CPUID concern PV guests.
HypercallOutcome levelling(SysctlCall& call) {
  call.op.u.cpu_levelling_caps.caps = 0;
  call.copy_back = true;
  return i64{0};
}

constexpr SysctlRow rows[] = {
    {XEN_SYSCTL_get_cpu_levelling_caps, "get_cpu_levelling_caps", levelling},
    {XEN_SYSCTL_get_cpu_featureset, "get_cpu_featureset", cpu_policy::features_of_system},
    {XEN_SYSCTL_get_cpu_policy, "get_cpu_policy", cpu_policy::of_system},
};

}  // namespace

std::span<const SysctlRow> sysctl_rows() { return rows; }
std::span<const PlatformRow> platform_rows() { return {}; }

}  // namespace xenolith::arch
