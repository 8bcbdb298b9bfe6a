// SPDX-License-Identifier: MIT
// XEN_DOMCTL_gethvmcontext, sethvmcontext, gethvmcontext_partial: vCPUs' state as records (<xen/hvm/save.h>).
#pragma once

#include "core/control/domctl.hpp"

namespace xenolith::hvm_context {

// With no buffer: how large one must be. Fails with EINVAL (the caller itself), ENOSPC (buffer too small), EFAULT.
HypercallOutcome get(DomctlCall& call);
// Takes all vCPUs down, then brings up those that have a CPU record. Fails with EINVAL where a record is not one that get()
// could have written, for the domain as it is: those before it are loaded then. ENOMEM, EFAULT.
HypercallOutcome set(DomctlCall& call);
// The content of one record. Fails with EINVAL (no such type, nothing to tell), ENOENT (no such vCPU), ENOSPC, EFAULT.
HypercallOutcome get_one(DomctlCall& call);

}  // namespace xenolith::hvm_context
