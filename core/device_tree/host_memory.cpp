// SPDX-License-Identifier: MIT
#include "core/device_tree/host_parser.hpp"

namespace xenolith {

namespace {

Result<void> add_all(DeviceTreeNode node, FixedList<DeviceRange, 128>& to) {
  Result<u32> count = register_count(node);
  if (count.failed()) return complain_about(node, "unreadable reg", count.error());
  for (u32 i = 0; i < *count; ++i) {
    Result<DeviceRange> range = registers_of(node, i);
    if (range.failed()) return complain_about(node, "unreadable range of memory", range.error());
    // Boards' own trees have empty ranges, to be filled in by firmware.
    if (range->size != 0 && to.add(*range).failed()) return complain_about(node, "too many ranges of memory", XEN_ENOSPC);
  }
  return {};
}

Result<void> add_reservations(const DeviceTree& tree, HostDescription& result) {
  for (u32 i = 0; i < tree.reservation_count(); ++i) {
    DeviceTree::Reservation reservation = tree.reservation(i);
    if (reservation.length == 0) continue;
    if (reservation.start + reservation.length < reservation.start)
      return complain_about(tree.root(), "a reservation wraps around", XEN_EINVAL);
    TRY(result.reserved.add({MachineAddress{reservation.start}, reservation.length}));
  }
  return {};
}

}  // namespace

Result<void> describe_memory(const DeviceTree& tree, HostDescription& result) {
  TRY(add_reservations(tree, result));
  for (DeviceTreeNode at = tree.root().first_child(); at; at = at.next_sibling())
    if (at.has_type("memory") && at.is_available()) TRY(add_all(at, result.memory));
  for (DeviceTreeNode at = tree.root().child("reserved-memory").first_child(); at; at = at.next_sibling())
    if (at.has("reg") && at.is_available()) TRY(add_all(at, result.reserved));
  return {};
}

}  // namespace xenolith
