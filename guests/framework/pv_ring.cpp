// SPDX-License-Identifier: MIT
#include "guests/framework/pv_ring.hpp"

#include <atomic>

#include "guests/framework/clock.hpp"
#include "guests/framework/events.hpp"
#include "guests/framework/hypercall.hpp"
#include "guests/framework/report.hpp"
#include "guests/framework/shared_info.hpp"

namespace xenolith::guest {
namespace {

u64 parameter(u32 index) {
  xen_hvm_param request{.domid = DOMID_SELF, .pad = 0, .index = index, .value = 0};
  long answer = hvm_op(HVMOP_get_param, &request);
  if (answer || request.value == 0) fail("HVM parameter {} is not there: {}", index, answer);
  return request.value;
}

}  // namespace

PvRing::PvRing(u32 frame_parameter, u32 port_parameter)
    : frame_{parameter(frame_parameter)}, port_{static_cast<u32>(parameter(port_parameter))} {
  events::mask(port_);
}

void PvRing::notify() const { events::send(port_); }

void PvRing::wait(u64 limit) const {
  // What came before the port was masked; with it nothing would be waited for.
  std::atomic_ref<u8>{this_vcpu_info().evtchn_upcall_pending}.store(0);
  evtchn_port_t port = port_;
  sched_poll request{.ports = {}, .nr_ports = 1, .timeout = system_time() + limit};
  request.ports.p = &port;
  sched_op(SCHEDOP_poll, &request);
  events::clear_pending(port_);
}

}  // namespace xenolith::guest
