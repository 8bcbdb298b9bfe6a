// SPDX-License-Identifier: MIT
// Disks of other domains whose backend is in a domain that is about to be destroyed.
#pragma once

#include "tools/base/task.hpp"
#include "tools/control/hypervisor.hpp"
#include "tools/toolstack/settings.hpp"
#include "tools/xenstore/client.hpp"

namespace xenolith::tools {

// Ends the connections of the disks that `driver`, which must be paused, serves: the frontends are told and close, then requests that
// were on their way are answered with errors. The event for these answers is the hypervisor's, when it closes the driver's channels
// (Xenolith raises one at the other end; Xen does not, and the guest does not look). Frontends that do not close in time
// (settings.backend_end) or describe no ring that is the driver's are left alone: only their guests suffer.
Task<> fail_served_disks(EventLoop& loop, Hypervisor& hypervisor, XenStore& store, const ToolstackSettings& settings, DomainId driver);

}  // namespace xenolith::tools
