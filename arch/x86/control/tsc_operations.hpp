// SPDX-License-Identifier: MIT
// XEN_DOMCTL_gettscinfo and settscinfo.
#pragma once

#include "core/control/domctl.hpp"

namespace xenolith::tsc_operations {

HypercallOutcome get(DomctlCall& call);
HypercallOutcome set(DomctlCall& call);

}  // namespace xenolith::tsc_operations
