// SPDX-License-Identifier: MIT
// What happens to the machine when the hardware domain ends.
#pragma once

#include "core/base/types.hpp"

namespace xenolith {

// Powers off, reboots or halts as the code (SHUTDOWN_*) and the option `noreboot` say. The hypervisor's implementation does
// not return; the fake machine's records the code.
void end_of_hardware_domain(u8 code);

// Sends a global VIRQ to the domain that handles it (XEN_DOMCTL_set_virq_handler; the hardware domain by default).
// Defined by core/events.
void send_global_virq(u32 virq);

}  // namespace xenolith
