// SPDX-License-Identifier: MIT
#include "tools/control/calls.hpp"
#include "tools/control/event_channels.hpp"

namespace xenolith::tools {

Port EventPorts::allocate(DomainId domain, DomainId remote) {
  evtchn_alloc_unbound argument{};
  argument.dom = domain.value();
  argument.remote_dom = remote.value();
  calls::command(port_, __HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, argument, domain,
                 "allocating an event channel of domain");
  return Port(argument.port);
}

PortStatus EventPorts::status(DomainId domain, Port port) {
  evtchn_status argument{};
  argument.dom = domain.value();
  argument.port = port.value();
  calls::command(port_, __HYPERVISOR_event_channel_op, EVTCHNOP_status, argument, domain,
                 "asking about an event channel of domain");
  PortStatus status;
  status.state = argument.status;
  status.vcpu = VcpuId(argument.vcpu);
  if (argument.status == EVTCHNSTAT_unbound) status.remote = DomainId(argument.u.unbound.dom);
  if (argument.status == EVTCHNSTAT_interdomain) {
    status.remote = DomainId(argument.u.interdomain.dom);
    status.remote_port = Port(argument.u.interdomain.port);
  }
  if (argument.status == EVTCHNSTAT_virq) status.virq_or_irq = argument.u.virq;
  if (argument.status == EVTCHNSTAT_pirq) status.virq_or_irq = argument.u.pirq;
  return status;
}

void EventPorts::reset(DomainId domain) {
  evtchn_reset argument{domain.value()};
  calls::command(port_, __HYPERVISOR_event_channel_op, EVTCHNOP_reset, argument, domain,
                 "closing the event channels of domain");
}

}  // namespace xenolith::tools
