// SPDX-License-Identifier: MIT
// Event channels, two-level: bind, send, mask, unmask, upcalls, polling, closing, and the limit of ports.
#include "guests/framework/events.hpp"

#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

long status_of(u32 port) {
  evtchn_status request{};
  request.dom = DOMID_SELF;
  request.port = port;
  long answer = event_op(EVTCHNOP_status, &request);
  return answer < 0 ? answer : long{request.status};
}

void send_to_self() {
  Check check{"send_to_self"};
  long bound = events::bind_ipi(0);
  if (!check.expect(bound > 0, "bind_ipi answers {}", bound)) return;
  u32 port = static_cast<u32>(bound);
  check.equal(status_of(port), EVTCHNSTAT_ipi, "status");
  check.equal(events::unmask(port), 0, "answer to unmask");
  check.equal(events::send(port), 0, "answer to send");
  check.expect(events::is_pending(port), "it is not pending before the upcall");
  check.equal(u32{this_vcpu_info().evtchn_upcall_pending}, 1u, "upcall_pending");
  check.expect(this_vcpu_info().evtchn_pending_sel >> port / 64 & 1, "its selector bit is off");
  check.equal(events::count(port), 0u, "upcalls with interrupts off");
  check.expect(events::wait_for_count(port, 1), "the upcall does not come");
  check.equal(events::count(port), 1u, "upcalls");
  check.equal(events::close(port), 0, "answer to close");
  check.equal(events::send(port), -XEN_EINVAL, "answer to send after close");
  check.equal(status_of(port), EVTCHNSTAT_closed, "status after close");
  events::mask(port);
}

// A masked port becomes pending without an upcall; unmasking it delivers, once.
void masking() {
  Check check{"masking"};
  u32 port = static_cast<u32>(events::bind_ipi(0));
  u32 upcalls = events::upcalls(0), before = events::count(port);
  check.equal(events::send(port), 0, "answer to send");
  check.equal(events::send(port), 0, "answer to a second send");
  check.expect(events::is_pending(port), "it is not pending");
  check.expect(!this_vcpu_info().evtchn_upcall_pending, "an upcall is due for a masked port");
  enable_interrupts();
  delay(milliseconds(5));
  disable_interrupts();
  check.equal(events::upcalls(0), upcalls, "upcalls for a masked port");
  check.equal(events::unmask(port), 0, "answer to unmask");
  check.expect(events::wait_for_count(port, before + 1), "unmasking does not deliver");
  enable_interrupts();
  delay(milliseconds(5));
  disable_interrupts();
  check.equal(events::count(port) - before, 1u, "deliveries");
  events::mask(port);
  events::close(port);
}

// SCHEDOP_poll returns when a masked port is pending, and when the time is over.
void polling() {
  Check check{"poll"};
  u32 port = static_cast<u32>(events::bind_ipi(0));
  evtchn_port_t list[] = {port};
  sched_poll poll{};
  set_xen_guest_handle(poll.ports, list);
  poll.nr_ports = 1;
  u64 start = system_time();
  poll.timeout = start + milliseconds(20);
  check.equal(sched_op(SCHEDOP_poll, &poll), 0, "answer after the timeout");
  check.expect(system_time() - start >= milliseconds(20), "it returns after {} ns of 20 ms", system_time() - start);
  events::send(port);
  poll.timeout = 0;
  check.equal(sched_op(SCHEDOP_poll, &poll), 0, "answer for a pending port");
  list[0] = events::most_ports + 1;
  check.equal(sched_op(SCHEDOP_poll, &poll), -XEN_EINVAL, "answer for a port that cannot be");
  poll.nr_ports = 129;
  check.equal(sched_op(SCHEDOP_poll, &poll), -XEN_EINVAL, "answer for 129 ports");
  events::clear_pending(port);
  events::close(port);
}

// SCHEDOP_block returns at once when an event is due, and otherwise waits for one.
void blocking() {
  Check check{"block"};
  u32 port = static_cast<u32>(events::bind_virq(VIRQ_TIMER, 0)), before = events::count(port);
  events::unmask(port);
  vcpu_set_singleshot_timer timer{.timeout_abs_ns = system_time() + milliseconds(20), .flags = 0};
  u64 start = system_time();
  vcpu_op(VCPUOP_set_singleshot_timer, 0, &timer);
  enable_interrupts();
  check.equal(sched_op(SCHEDOP_block, nullptr), 0, "answer");
  disable_interrupts();
  check.expect(events::wait_for_count(port, before + 1), "the timer's event does not come");
  check.expect(system_time() - start >= milliseconds(20), "it comes after {} ns of 20 ms", system_time() - start);
  events::mask(port);
  events::close(port);
}

void loopback() {
  Check check{"interdomain_with_itself"};
  u32 unbound = static_cast<u32>(events::alloc_unbound(DOMID_SELF));
  check.equal(status_of(unbound), EVTCHNSTAT_unbound, "status before");
  evtchn_bind_interdomain request{.remote_dom = DOMID_SELF, .remote_port = unbound, .local_port = 0};
  check.equal(event_op(EVTCHNOP_bind_interdomain, &request), 0, "answer to bind_interdomain");
  check.equal(status_of(unbound), EVTCHNSTAT_interdomain, "status");
  events::clear_pending(unbound);
  check.equal(events::send(request.local_port), 0, "answer to send");
  check.expect(events::is_pending(unbound), "the other end is not pending");
  check.equal(events::close(request.local_port), 0, "answer to close");
  check.equal(status_of(unbound), EVTCHNSTAT_unbound, "status after the other end is closed");
  events::clear_pending(unbound);
  events::close(unbound);
}

void wrong_arguments() {
  Check check{"wrong_arguments"};
  check.equal(events::send(0), -XEN_EINVAL, "send to port 0");
  check.equal(events::send(~0u), -XEN_EINVAL, "send to port 0xffffffff");
  check.equal(events::close(0), -XEN_EINVAL, "close of port 0");
  check.equal(events::unmask(~0u), -XEN_EINVAL, "unmask of port 0xffffffff");
  check.equal(events::bind_ipi(5000), -XEN_ENOENT, "bind_ipi for vCPU 5000");
  check.equal(events::bind_virq(NR_VIRQS, 0), -XEN_EINVAL, "bind_virq of a number too high");
  long first = events::bind_virq(VIRQ_DEBUG, 0);
  check.expect(first > 0, "bind_virq answers {}", first);
  check.equal(events::bind_virq(VIRQ_DEBUG, 0), -XEN_EEXIST, "bind_virq for a second time");
  events::close(static_cast<u32>(first));
  check.equal(events::alloc_unbound(0x7fef), 1, "alloc_unbound for a domain that is not there, success");
  check.equal(hypercall(__HYPERVISOR_event_channel_op, 1000, 0), -XEN_ENOSYS, "an unknown sub-operation");
}

// All ports of the two-level form, then no more; closing makes room.
void every_port() {
  Check check{"every_port"};
  u32 allocated = 0;
  long port;
  while ((port = events::alloc_unbound(DOMID_SELF)) > 0) {
    ++allocated;
    if (!check.expect(port < long{events::most_ports}, "port {} of {}", port, events::most_ports)) break;
  }
  check.equal(port, -XEN_ENOSPC, "answer when there are no more");
  check.expect(allocated > events::most_ports - 64, "only {} ports", allocated);
  check.equal(events::close(1000), 0, "answer to close");
  check.equal(events::alloc_unbound(DOMID_SELF), 1000, "the port after one was closed");
}

// EVTCHNOP_reset closes everything.
void reset() {
  Check check{"reset"};
  evtchn_reset request{DOMID_SELF};
  check.equal(event_op(EVTCHNOP_reset, &request), 0, "answer");
  check.equal(status_of(1000), EVTCHNSTAT_closed, "status of a port");
  check.expect(events::alloc_unbound(DOMID_SELF) < 64, "the next port is not a low one");
  check.equal(event_op(EVTCHNOP_reset, &request), 0, "answer to a second one");
}

}  // namespace

void test_main() {
  if (long answer = events::enable_upcalls()) fail("no upcall vector: {}", answer);
  send_to_self();
  masking();
  polling();
  blocking();
  loopback();
  wrong_arguments();
  every_port();
  reset();
}

}  // namespace xenolith::guest
