// SPDX-License-Identifier: MIT
#include "guests/framework/events.hpp"

#include <guest/cpu.hpp>
#include <guest/machine.hpp>

#include "guests/framework/clock.hpp"
#include "guests/framework/hypercall.hpp"
#include "guests/framework/shared_info.hpp"

namespace xenolith::guest::events {
namespace {

// Counters are only counted up and looked at; nothing is ordered by them.
constinit std::atomic<u32> counts[most_ports];
constinit std::atomic<u32> upcall_counts[most_cpus];
constexpr u32 word_bits = 64;

std::atomic_ref<u64> word(xen_ulong_t (&bits)[word_bits], u32 index) { return std::atomic_ref<u64>{bits[index]}; }
u64 bit(u32 port) { return u64{1} << port % word_bits; }

void take_events(u32 index) {
  u64 ready = word(shared_page().evtchn_pending, index).load() & ~word(shared_page().evtchn_mask, index).load();
  for (; ready; ready &= ready - 1) {
    u32 port = index * word_bits + static_cast<u32>(__builtin_ctzll(ready));
    clear_pending(port);
    counts[port].fetch_add(1);
  }
}

void upcall() {
  vcpu_info& own = this_vcpu_info();
  upcall_counts[this_cpu().id].fetch_add(1);
  std::atomic_ref<u8>{own.evtchn_upcall_pending}.store(0);
  u64 selected = std::atomic_ref<u64>{own.evtchn_pending_sel}.exchange(0);
  for (; selected; selected &= selected - 1) take_events(static_cast<u32>(__builtin_ctzll(selected)));
}

}  // namespace

long enable_upcalls() {
  static constinit std::atomic<bool> masked = false;
  if (!masked.exchange(true))
    for (auto& mask : shared_page().evtchn_mask) mask = ~u64{0};
  return enable_event_interrupt(upcall);
}

long bind_ipi(u32 vcpu) {
  evtchn_bind_ipi request{.vcpu = vcpu, .port = 0};
  long answer = event_op(EVTCHNOP_bind_ipi, &request);
  return answer < 0 ? answer : long{request.port};
}

long bind_virq(u32 virq, u32 vcpu) {
  evtchn_bind_virq request{.virq = virq, .vcpu = vcpu, .port = 0};
  long answer = event_op(EVTCHNOP_bind_virq, &request);
  return answer < 0 ? answer : long{request.port};
}

long alloc_unbound(u16 remote) {
  evtchn_alloc_unbound request{.dom = DOMID_SELF, .remote_dom = remote, .port = 0};
  long answer = event_op(EVTCHNOP_alloc_unbound, &request);
  return answer < 0 ? answer : long{request.port};
}

long close(u32 port) {
  evtchn_close request{port};
  return event_op(EVTCHNOP_close, &request);
}

long send(u32 port) {
  evtchn_send request{port};
  return event_op(EVTCHNOP_send, &request);
}

long unmask(u32 port) {
  evtchn_unmask request{port};
  return event_op(EVTCHNOP_unmask, &request);
}

void mask(u32 port) { word(shared_page().evtchn_mask, port / word_bits).fetch_or(bit(port)); }
bool is_pending(u32 port) { return word(shared_page().evtchn_pending, port / word_bits).load() & bit(port); }
void clear_pending(u32 port) { word(shared_page().evtchn_pending, port / word_bits).fetch_and(~bit(port)); }
u32 count(u32 port) { return counts[port].load(); }
u32 upcalls(u32 vcpu) { return upcall_counts[vcpu].load(); }

bool wait_for_count(u32 port, u32 wanted) {
  enable_interrupts();
  bool reached = wait_for(patience, [&] { return count(port) >= wanted; });
  disable_interrupts();
  return reached;
}

}  // namespace xenolith::guest::events
