// SPDX-License-Identifier: MIT
#include "core/events/poll.hpp"

#include "core/events/event_table.hpp"

namespace xenolith {

Result<bool> begin_poll(Vcpu& vcpu, std::span<const evtchn_port_t> ports) {
  EventTable& table = vcpu.domain().events();
  for (evtchn_port_t port : ports)
    if (!table.has_port(Port{port})) return Failure{XEN_EINVAL};
  vcpu.poll_port.store(ports.size() == 1 ? ports[0] : 0, std::memory_order_relaxed);
  vcpu.stop(Vcpu::polling);
  table.note_poller();
  // Only now: a sender either sees the poller, or has made the port pending before this look.
  for (evtchn_port_t port : ports) {
    if (!table.is_pending(Port{port})) continue;
    end_poll(vcpu);
    return false;
  }
  return true;
}

bool end_poll(Vcpu& vcpu) { return vcpu.resume_if_stopped(Vcpu::polling); }

bool port_is_pending(Domain& domain, Port port) { return domain.events().is_pending(port); }

bool vcpu_has_pending_events(const Vcpu& vcpu) {
  return vcpu.upcall_pending() && !arch::upcalls_are_masked(vcpu.info());
}

}  // namespace xenolith
