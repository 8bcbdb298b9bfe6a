// SPDX-License-Identifier: MIT
// Lines of an interrupt-map. Private to core/device_tree.
// Source: Devicetree Specification 0.4, section 2.4.3 "Interrupt Nexus Properties".
#pragma once

#include "core/device_tree/interrupts.hpp"

namespace xenolith {

inline constexpr u32 most_unit_cells = 4;

// An interrupt on its way up: what its controller is to look for in its interrupt-map.
struct PendingInterrupt {
  InterruptSpecifier specifier;
  u32 unit_count = 0;
  std::array<u32, most_unit_cells> unit{};  // the unit address of who raised it
};

class InterruptMap {
 public:
  // EINVAL: cells out of bounds.
  static Result<InterruptMap> of(DeviceTreeNode nexus);

  // The line that starts at cell `at`, which is moved behind it: what the nexus makes of it, and (when `match` is given) whether that is
  // for `match`. EINVAL: malformed, nothing behind it can be read.
  struct Line {
    PendingInterrupt above;
    bool matches = false;
  };
  Result<Line> line(u32& at, const PendingInterrupt* match) const;
  bool is_end(u32 at) const { return at >= map_.cell_count(); }
  // ENOENT: no line for it.
  Result<PendingInterrupt> look_up(const PendingInterrupt& from) const;

 private:
  Result<bool> matches(u32 at, const PendingInterrupt& from) const;

  DeviceTreeNode nexus_;
  DeviceTreeProperty map_, mask_;
  u32 unit_cells_ = 0, specifier_cells_ = 0;
};

// Follows maps and transparent controllers to the end.
Result<InterruptSpecifier> resolve(PendingInterrupt at);

}  // namespace xenolith
