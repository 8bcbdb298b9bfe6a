// SPDX-License-Identifier: MIT
// FIFO event channels at their limit: every port opened and sent on, order and priority of all, fairness, moving between vCPUs, and
// closing everything by one reset.
#include "guests/framework/batch.hpp"
#include "guests/framework/events.hpp"
#include "guests/framework/fifo.hpp"
#include "guests/framework/test.hpp"

extern "C" {
#include <xen/sysctl.h>
}

namespace xenolith::guest {
namespace {

constexpr u32 last_port = fifo::most_ports - 1;
constinit u32 sent_at[fifo::most_ports];

// An odd factor: visits each port once in a mixed order.
u32 nth_port(u32 n) { return (n * 77'773 + 12'345) % fifo::most_ports; }
u32 priority_of(u32 port) { return port * 7 % EVTCHN_FIFO_MAX_QUEUES; }

u64 free_kib() {
  static xen_sysctl request;
  request = {};
  request.cmd = XEN_SYSCTL_physinfo;
  request.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
  return hypercall(__HYPERVISOR_sysctl, address_of(&request)) ? 0 : request.u.physinfo.free_pages * (page_size / 1024);
}

u64 milliseconds_since(u64 start) { return (system_time() - start) / milliseconds(1); }

// Each page of words is given when the first port in it is bound, and finds what was sent before.
void every_port() {
  Check check{"every_port"};
  u64 before = free_kib(), start = system_time();
  if (!check.equal(fifo::initialise(1), 0, "answer to init_control")) return;
  Batch<evtchn_bind_ipi> batch{__HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi};
  u32 expected = 1;
  auto bound = [&](const evtchn_bind_ipi& request, long answer) {
    check.equal(answer, 0, "answer to bind_ipi");
    check.equal(request.port, expected++, "port");
  };
  for (u32 page = 0; page < fifo::most_ports / fifo::words_per_page; ++page) {
    for (u32 n = page ? 0 : 1; n < fifo::words_per_page; ++n) batch.add({.vcpu = 0, .port = 0}, bound);
    batch.finish(bound);
    u32 first = page ? page * fifo::words_per_page : 1;
    check.equal(events::send(first), 0, "answer to send before there is a word");
    if (!check.equal(fifo::expand(), 0, "answer to expand_array")) return;
    check.equal(fifo::take(0).port, first, "the early event's port");
  }
  check.equal(expected, fifo::most_ports, "ports and one");
  check.equal(events::bind_ipi(0), -XEN_ENOSPC, "answer when there are no more");
  check.equal(fifo::expand(), -XEN_ENOSPC, "answer to one page of words too many");
  u64 used = before - free_kib();
  note("{} ports in {} ms, {} KiB of the hypervisor's memory: {} bytes each", last_port, milliseconds_since(start), used,
       used * 1024 / last_port);
}

// All are sent before one is taken: they come by priority, and in each priority in the order of sending.
void order_of_all() {
  Check check{"order_of_all"};
  u64 start = system_time();
  Batch<evtchn_set_priority> priorities{__HYPERVISOR_event_channel_op, EVTCHNOP_set_priority};
  Batch<evtchn_send> sends{__HYPERVISOR_event_channel_op, EVTCHNOP_send};
  auto worked = [&](const auto&, long answer) { check.equal(answer, 0, "answer"); };
  for (u32 port = 1; port < fifo::most_ports; ++port) priorities.add({.port = port, .priority = priority_of(port)}, worked);
  priorities.finish(worked);
  u64 sending = system_time();
  for (u32 n = 0; n < fifo::most_ports; ++n) {
    u32 port = nth_port(n);
    sent_at[port] = n;
    if (port) sends.add({.port = port}, worked);
  }
  sends.finish(worked);
  u64 sent = system_time();
  u32 taken = 0, last_priority = 0, last = 0;
  for (fifo::Event event; (event = fifo::take(0)).port; ++taken) {
    check.equal(event.priority, priority_of(event.port), "queue");
    bool in_order = event.priority > last_priority || (event.priority == last_priority && (!taken || sent_at[event.port] > last));
    check.expect(in_order, "event {}, sent as {}, of priority {}, comes after {} of {}", taken, sent_at[event.port], event.priority,
                 last, last_priority);
    last_priority = event.priority;
    last = sent_at[event.port];
  }
  check.equal(taken, last_port, "events");
  note("{} ns per set_priority, {} ns per send, {} ns to take one", (sending - start) / last_port, (sent - sending) / last_port,
       (system_time() - sent) / last_port);
}

// Channels that are sent again as soon as they are served.
void fairness() {
  Check check{"fairness"};
  constexpr u32 channels = 1000, turns = 20;
  static u32 served[channels + 1];
  for (u32 port = 1; port <= channels; ++port) {
    evtchn_set_priority request{.port = port, .priority = EVTCHN_FIFO_PRIORITY_DEFAULT};
    event_op(EVTCHNOP_set_priority, &request);
    events::send(port);
  }
  for (u32 n = 0; n < channels * turns; ++n) {
    u32 port = fifo::take(0).port;
    if (!check.expect(port >= 1 && port <= channels, "port {} instead of one that is ready", port)) return;
    ++served[port];
    events::send(port);
  }
  for (u32 port = 1; port <= channels; ++port) check.equal(served[port], turns, "turns of a channel that is always ready");
  // One of higher priority goes before all that wait.
  evtchn_set_priority urgent{.port = channels + 1, .priority = EVTCHN_FIFO_PRIORITY_MAX};
  event_op(EVTCHNOP_set_priority, &urgent);
  events::send(channels + 1);
  check.equal(fifo::take(0).port, channels + 1, "port of the highest priority");
  for (u32 n = 0; n < channels; ++n) fifo::take(0);
  check.equal(fifo::take(0).port, 0u, "port after the last event");
}

// Closing 131,071 channels takes long: the hypercall is made in pieces, which the guest does not see.
void reset() {
  Check check{"reset"};
  u64 start = system_time();
  evtchn_reset request{DOMID_SELF};
  check.equal(event_op(EVTCHNOP_reset, &request), 0, "answer");
  note("reset of {} ports in {} ms", last_port, milliseconds_since(start));
  check.equal(events::send(1), -XEN_EINVAL, "answer to send after it");
  check.equal(events::send(last_port), -XEN_EINVAL, "answer to send on the last port");
  evtchn_set_priority priority{.port = 1, .priority = 0};
  check.equal(events::bind_ipi(0), 1, "the first port after it");
  check.equal(event_op(EVTCHNOP_set_priority, &priority), -XEN_ENOSYS, "answer to set_priority with two levels");
  check.equal(events::close(1), 0, "answer to close");
}

std::atomic<bool> finish{false}, second_ready{false};
std::atomic<u32> taken_by[fifo::vcpus];

void serve() {
  second_ready = true;
  while (!finish)
    if (fifo::take(1).port) taken_by[1].fetch_add(1);
    else pause();
  second_ready = false;
}

// A channel that moves between two vCPUs while it is sent on: each event is taken once, by one of them.
void moving() {
  Check check{"moving"};
  if (cpu_count() < 2) return check.skip("one vCPU");
  constexpr u32 rounds = 2000;
  check.equal(fifo::initialise(2), 0, "answer to init_control");
  check.equal(fifo::expand(), 0, "answer to expand_array");
  u32 there = static_cast<u32>(events::alloc_unbound(DOMID_SELF));
  evtchn_bind_interdomain bind{.remote_dom = DOMID_SELF, .remote_port = there, .local_port = 0};
  check.equal(event_op(EVTCHNOP_bind_interdomain, &bind), 0, "answer to bind_interdomain");
  while (fifo::take(0).port) {
  }
  if (!check.expect(start_cpu(1, serve) && wait_for(patience, [] { return second_ready.load(); }), "vCPU 1 does not start")) return;
  auto taken = [] { return taken_by[0] + taken_by[1]; };
  for (u32 round = 1; round <= rounds; ++round) {
    evtchn_bind_vcpu move{.port = there, .vcpu = round % 3 & 1};
    if (round & 1) check.equal(events::send(bind.local_port), 0, "answer to send");
    check.equal(event_op(EVTCHNOP_bind_vcpu, &move), 0, "answer to bind_vcpu");
    if (!(round & 1)) check.equal(events::send(bind.local_port), 0, "answer to send");
    bool came = wait_for(patience, [&] {
      if (fifo::take(0).port) taken_by[0].fetch_add(1);
      return taken() >= round;
    });
    if (!check.expect(came && taken() == round, "{} events of {} were taken", taken(), round)) break;
  }
  finish = true;
  check.expect(taken_by[0] > 0 && taken_by[1] > 0, "all went to one vCPU");
  note("{} events to vCPU 0, {} to vCPU 1", taken_by[0].load(), taken_by[1].load());
  check.expect(wait_for(patience, [] { return !second_ready; }), "vCPU 1 does not end");
}

}  // namespace

void test_main() {
  every_port();
  order_of_all();
  fairness();
  reset();
  moving();
}

}  // namespace xenolith::guest
