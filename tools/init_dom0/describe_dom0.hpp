// SPDX-License-Identifier: MIT
// What tools look for of dom0 as of any domain, and nobody has written when the machine starts.
#pragma once

#include <optional>

#include "tools/base/uuid.hpp"
#include "tools/control/hypervisor.hpp"
#include "tools/xenstore/client.hpp"

namespace xenolith::tools {

// Number and name in xenstore, the names of the cpupools, and in the folder a configuration, to which Xen's xl adds devices that dom0
// gets. What is there already stays. uuid: becomes dom0's; none: it keeps what it has. folder: /var/lib/xen. Throws Error.
void describe_dom0(Hypervisor& hypervisor, XenStore& store, const std::string& folder, std::optional<Uuid> uuid);

}  // namespace xenolith::tools
