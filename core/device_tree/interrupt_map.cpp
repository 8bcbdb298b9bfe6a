// SPDX-License-Identifier: MIT
#include "core/device_tree/interrupt_map.hpp"

namespace xenolith {

Result<InterruptMap> InterruptMap::of(DeviceTreeNode nexus) {
  InterruptMap map;
  map.nexus_ = nexus;
  map.map_ = nexus.property("interrupt-map");
  map.mask_ = nexus.property("interrupt-map-mask");
  map.unit_cells_ = nexus.property("#address-cells").cell(0).value_or(0);
  map.specifier_cells_ = TRY(nexus.property("#interrupt-cells").cell(0));
  if (map.unit_cells_ > most_unit_cells || map.specifier_cells_ == 0 || map.specifier_cells_ > InterruptSpecifier::max_cells)
    return Failure{XEN_EINVAL};
  return map;
}

Result<bool> InterruptMap::matches(u32 at, const PendingInterrupt& from) const {
  for (u32 i = 0; i < unit_cells_ + specifier_cells_; ++i) {
    bool is_unit = i < unit_cells_;
    u32 have = is_unit ? from.unit[i] : from.specifier.cells[i - unit_cells_];
    u32 mask = mask_.exists() ? TRY(mask_.cell(i)) : ~u32{0};
    if (((TRY(map_.cell(at + i)) ^ have) & mask) != 0) return false;
  }
  return true;
}

Result<InterruptMap::Line> InterruptMap::line(u32& at, const PendingInterrupt* match) const {
  Line line;
  if (match) line.matches = TRY(matches(at, *match));
  u32 cell = at + unit_cells_ + specifier_cells_;
  InterruptSpecifier& above = line.above.specifier;
  above.controller = nexus_.tree()->by_phandle(TRY(map_.cell(cell++)));
  if (!above.controller) return Failure{XEN_EINVAL};
  line.above.unit_count = above.controller.property("#address-cells").cell(0).value_or(0);
  above.count = TRY(above.controller.property("#interrupt-cells").cell(0));
  if (line.above.unit_count > most_unit_cells || above.count == 0 || above.count > InterruptSpecifier::max_cells)
    return Failure{XEN_EINVAL};
  for (u32 i = 0; i < line.above.unit_count; ++i) line.above.unit[i] = TRY(map_.cell(cell++));
  for (u32 i = 0; i < above.count; ++i) above.cells[i] = TRY(map_.cell(cell++));
  at = cell;
  return line;
}

Result<PendingInterrupt> InterruptMap::look_up(const PendingInterrupt& from) const {
  if (from.specifier.count != specifier_cells_) return Failure{XEN_EINVAL};
  for (u32 at = 0; !is_end(at);) {
    Line found = TRY(line(at, &from));
    if (found.matches) return found.above;
  }
  return Failure{XEN_ENOENT};
}

}  // namespace xenolith
