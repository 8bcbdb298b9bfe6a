// SPDX-License-Identifier: MIT
// The page that the hypervisor shares with the domain (xen/xen.h, struct shared_info).
#pragma once

#include "core/base/interface.hpp"

namespace xenolith::guest {

// Puts the page into the domain's memory. Ends the guest if the hypervisor refuses.
void map_shared_info();

shared_info& shared_page();

// The calling vCPU's own part, wherever that is.
vcpu_info& this_vcpu_info();

}  // namespace xenolith::guest
