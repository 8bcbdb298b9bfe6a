// SPDX-License-Identifier: MIT
#include <guest/apic.hpp>
#include <guest/cpu.hpp>
#include <guest/machine.hpp>

#include "guests/framework/hypercall.hpp"

namespace xenolith::guest {
namespace {

using Handler = void (*)();
constinit Handler event_handler = nullptr;

}  // namespace

long enable_event_interrupt(void (*handler)()) {
  event_handler = handler;
  set_handler(upcall_vector, [](TrapFrame&) {
    event_handler();
    apic::end_interrupt();
  });
  xen_hvm_evtchn_upcall_vector request{.vcpu = this_cpu().id, .vector = upcall_vector};
  return hvm_op(HVMOP_set_evtchn_upcall_vector, &request);
}

}  // namespace xenolith::guest
