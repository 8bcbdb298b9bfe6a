// SPDX-License-Identifier: MIT
#include "tools/control/event_channels.hpp"

#include <fcntl.h>

#include <cerrno>

#include "tools/base/error.hpp"

extern "C" {
#include <xenevtchn.h>
}

namespace xenolith::tools {

EventChannels::EventChannels() : handle_(xenevtchn_open(nullptr, 0)) {
  if (!handle_) fail_errno("opening /dev/xen/evtchn");
  int flags = ::fcntl(fd(), F_GETFL);
  if (flags < 0 || ::fcntl(fd(), F_SETFL, flags | O_NONBLOCK) < 0) {
    int code = errno;
    xenevtchn_close(handle_);
    throw_errno(code, "setting up /dev/xen/evtchn");
  }
}

EventChannels::~EventChannels() { xenevtchn_close(handle_); }

int EventChannels::fd() const { return xenevtchn_fd(handle_); }

Port EventChannels::bind_interdomain(DomainId remote, Port remote_port) {
  int port = xenevtchn_bind_interdomain(handle_, remote.value(), remote_port.value());
  return Port(uint32_t(check(port, "binding to event channel {} of domain {}", remote_port, remote)));
}

Port EventChannels::bind_unbound(DomainId remote) {
  int port = xenevtchn_bind_unbound_port(handle_, remote.value());
  return Port(uint32_t(check(port, "making an event channel for domain {}", remote)));
}

Port EventChannels::bind_virq(uint32_t virq) {
  return Port(uint32_t(check(xenevtchn_bind_virq(handle_, virq), "binding VIRQ {}", virq)));
}

void EventChannels::unbind(Port port) noexcept { xenevtchn_unbind(handle_, port.value()); }

void EventChannels::notify(Port port) {
  check(xenevtchn_notify(handle_, port.value()), "notifying event channel {}", port);
}

std::optional<Port> EventChannels::pending() {
  int port = xenevtchn_pending(handle_);
  if (port < 0 && errno == EAGAIN) return std::nullopt;
  return Port(uint32_t(check(port, "reading /dev/xen/evtchn")));
}

void EventChannels::unmask(Port port) {
  check(xenevtchn_unmask(handle_, port.value()), "unmasking event channel {}", port);
}

}  // namespace xenolith::tools
