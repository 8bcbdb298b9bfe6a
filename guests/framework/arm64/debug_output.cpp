// SPDX-License-Identifier: MIT
// Xen built for release keeps its console from guests, and Arm has no debug port.
#include <guest/machine.hpp>

#include "core/base/format.hpp"
#include "guests/framework/console_ring.hpp"
#include "guests/framework/hypercall.hpp"

namespace xenolith::guest {
namespace {

bool has_parameter(u32 index) {
  xen_hvm_param request{.domid = DOMID_SELF, .pad = 0, .index = index, .value = 0};
  return hvm_op(HVMOP_get_param, &request) == 0 && request.value != 0;
}

}  // namespace

// Nothing tells a guest its number, but no other domain's may it name here.
u32 domain_number() {
  for (u16 number = 1; number < DOMID_FIRST_RESERVED; ++number) {
    evtchn_alloc_unbound request{.dom = number, .remote_dom = 0, .port = 0};
    if (event_op(EVTCHNOP_alloc_unbound, &request) != 0) continue;
    evtchn_close unused{request.port};
    event_op(EVTCHNOP_close, &unused);
    return number;
  }
  return 0;
}

void write_debug(std::string_view line) {
  if (!has_parameter(HVM_PARAM_CONSOLE_PFN) || !has_parameter(HVM_PARAM_CONSOLE_EVTCHN)) return;
  char mark[16];
  ConsoleRing console;
  console.write({mark, format(mark, "(d{}) ", domain_number())});
  console.write(line);
}

}  // namespace xenolith::guest
