// SPDX-License-Identifier: MIT
// Rows: giving pages back and getting them again, one by one and 64 in a call.
#include "guests/bench/row.hpp"

namespace xenolith::guest::bench {
namespace {

constexpr u32 batch = 64, most = 512;
Page pages[most];
xen_pfn_t frames[batch];

void change(u32 command, u32 first, u32 count) {
  for (u32 i = 0; i < count; ++i) frames[i] = pages[first + i].frame();
  xen_memory_reservation request{};
  set_xen_guest_handle(request.extent_start, frames);
  request.nr_extents = count;
  request.domid = DOMID_SELF;
  if (long answer = memory_op(command, &request); answer != long{count}) fail("memory_op {} answers {}", command, answer);
}

void rows(std::string_view release, std::string_view populate, u32 size, u32 wanted) {
  if (!selected(release) && !selected(populate)) return;
  const u32 rounds = iterations(wanted);
  measure(release, rounds, [=](u32 i) { change(XENMEM_decrease_reservation, i * size, size); });
  measure(populate, rounds, [=](u32 i) { change(XENMEM_populate_physmap, i * size, size); });
}

}  // namespace

void memory_rows() {
  rows("memory_release_1", "memory_populate_1", 1, 256);
  rows("memory_release_64", "memory_populate_64", batch, most / batch);
}

}  // namespace xenolith::guest::bench
