// SPDX-License-Identifier: MIT
// Facts about machines that their device trees do not say. docs/howto/add-a-board.md shows how to add one.
#pragma once

#include <span>
#include <string_view>

#include "core/device_tree/tree.hpp"

namespace xenolith {

struct BoardFacts {
  std::string_view compatible;                   // one of the root's
  std::span<const std::string_view> hidden;      // compatibles of nodes that dom0 must not see
  bool gic_interface_is_spread = false;          // the GICv2 interfaces' second page lies 64 KiB behind the first
};

// The facts of the machine whose tree it is, or those of none in particular.
const BoardFacts& board_facts(const DeviceTree& tree);

// Whether the node is an interrupt controller in front of the GIC whose lines have the GIC's numbers: it wakes the machine, or hides
// interrupts from it, and is dom0's to drive.
bool passes_interrupts_on(DeviceTreeNode controller);

}  // namespace xenolith
