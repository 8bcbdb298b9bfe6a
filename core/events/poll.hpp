// SPDX-License-Identifier: MIT
// SCHEDOP_poll: a vCPU stops until an event is pending, even a masked one, or an upcall is due.
#pragma once

#include <span>

#include "core/domain/vcpu.hpp"

namespace xenolith {

// Stops `vcpu` (Vcpu::polling) until one of `ports` becomes pending; with no ports, until any event comes. False, and not
// stopped, if one is pending already. Fails with EINVAL for a port that does not exist. Sending, Vcpu::kick() and, for a timeout,
// end_poll() end the wait; the call returns 0 to the guest however it ends. Whether an interrupt can be delivered at once, so that
// there is nothing to wait for, the caller checks before. By the vCPU itself.
Result<bool> begin_poll(Vcpu& vcpu, std::span<const evtchn_port_t> ports);
// Ends the wait; true if the vCPU did wait. Any context.
bool end_poll(Vcpu& vcpu);

// Whether the domain's port is bound and pending. Not in interrupt context.
bool port_is_pending(Domain& domain, Port port);
// Whether the vCPU has been told of events, and lets itself be told of them.
bool vcpu_has_pending_events(const Vcpu& vcpu);

}  // namespace xenolith
