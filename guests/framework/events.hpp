// SPDX-License-Identifier: MIT
// Event channels in their two-level form: ports, and the upcall that counts what arrives.
#pragma once

#include <atomic>

#include "core/base/interface.hpp"
#include "core/base/types.hpp"

namespace xenolith::guest::events {

inline constexpr u32 most_ports = sizeof(shared_info::evtchn_pending) * 8;

// Has the hypervisor interrupt the calling vCPU when an event is pending. Ports start masked.
long enable_upcalls();

// Ports, or minus an error.
long bind_ipi(u32 vcpu);
long bind_virq(u32 virq, u32 vcpu);
long alloc_unbound(u16 remote);
long close(u32 port);
long send(u32 port);
long unmask(u32 port);  // by hypercall: an event that waits is delivered
void mask(u32 port);
bool is_pending(u32 port);
void clear_pending(u32 port);

// How often the upcall found the port pending (and cleared it), on any vCPU; how many upcalls the vCPU had.
u32 count(u32 port);
u32 upcalls(u32 vcpu);

// Enables interrupts until the port's count reaches `wanted`, or a second has passed; returns whether it did.
bool wait_for_count(u32 port, u32 wanted);

}  // namespace xenolith::guest::events
