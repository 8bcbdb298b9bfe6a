// SPDX-License-Identifier: MIT
#include "guests/framework/shared_info.hpp"

#include "guests/framework/hypercall.hpp"
#include "guests/framework/report.hpp"

namespace xenolith::guest {
namespace {

alignas(page_size) constinit u8 place[page_size];

}  // namespace

void map_shared_info() {
  xen_add_to_physmap request{.domid = DOMID_SELF, .size = 0, .space = XENMAPSPACE_shared_info, .idx = 0,
                             .gpfn = address_of(place) >> page_shift};
  if (long answer = memory_op(XENMEM_add_to_physmap, &request)) fail("shared_info cannot be mapped: {}", answer);
}

shared_info& shared_page() { return *reinterpret_cast<shared_info*>(place); }

}  // namespace xenolith::guest
