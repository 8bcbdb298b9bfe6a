// SPDX-License-Identifier: MIT
// XEN_SYSCTL_get_cpu_policy, get_cpu_featureset; XEN_DOMCTL_get_cpu_policy, set_cpu_policy.
#pragma once

#include "core/control/domctl.hpp"
#include "core/control/sysctl.hpp"

namespace xenolith::cpu_policy {

HypercallOutcome of_system(SysctlCall& call);
HypercallOutcome features_of_system(SysctlCall& call);
HypercallOutcome of_domain(DomctlCall& call);
HypercallOutcome set_of_domain(DomctlCall& call);

}  // namespace xenolith::cpu_policy
