// SPDX-License-Identifier: MIT
// Event channels: EventPorts makes and asks about those of other domains, by hypercall; EventChannels are this
// process's own.
#pragma once

#include <memory>
#include <optional>

#include "tools/control/port.hpp"

struct xenevtchn_handle;

namespace xenolith::tools {

struct PortStatus {
  uint32_t state = 0;        // EVTCHNSTAT_*
  VcpuId vcpu;               // that is notified
  DomainId remote;           // if EVTCHNSTAT_unbound or EVTCHNSTAT_interdomain
  Port remote_port;          // if EVTCHNSTAT_interdomain
  uint32_t virq_or_irq = 0;  // if EVTCHNSTAT_virq or EVTCHNSTAT_pirq
};

class EventPorts {
 public:
  explicit EventPorts(HypercallPort& port) : port_(port) {}

  // A new port of `domain`, waiting for `remote` to bind.
  Port allocate(DomainId domain, DomainId remote);
  PortStatus status(DomainId domain, Port port);
  // Closes all ports of `domain`.
  void reset(DomainId domain);

 private:
  HypercallPort& port_;
};

// This process's event channels, over /dev/xen/evtchn. Watch fd() for reading; then call pending() until it has none.
// All throw Error.
class EventChannels {
 public:
  EventChannels();
  ~EventChannels();
  EventChannels(const EventChannels&) = delete;
  EventChannels& operator=(const EventChannels&) = delete;

  int fd() const;
  Port bind_interdomain(DomainId remote, Port remote_port);
  Port bind_unbound(DomainId remote);
  Port bind_virq(uint32_t virq);
  void unbind(Port port) noexcept;
  void notify(Port port);
  // The next port with an event, masked until unmask(); none when there is none.
  std::optional<Port> pending();
  void unmask(Port port);

 private:
  xenevtchn_handle* handle_;
};

}  // namespace xenolith::tools
