// SPDX-License-Identifier: MIT
#include "guests/framework/memory_map.hpp"

#include "guests/framework/hypercall.hpp"
#include "guests/framework/report.hpp"

namespace xenolith::guest {

std::span<const MapEntry> memory_map(u32 command, long* error) {
  static constinit MapEntry entries[128]{};
  xen_memory_map request{};
  request.nr_entries = sizeof entries / sizeof *entries;
  set_xen_guest_handle_raw(request.buffer, entries);
  *error = memory_op(command, &request);
  if (*error) return {};
  return {entries, request.nr_entries};
}

std::span<const MapEntry> memory_map() {
  long error;
  std::span<const MapEntry> map = memory_map(XENMEM_memory_map, &error);
  if (map.empty()) fail("there is no memory map: {}", error);
  return map;
}

}  // namespace xenolith::guest
