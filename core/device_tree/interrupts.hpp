// SPDX-License-Identifier: MIT
// Interrupts of device tree nodes: whose they are and, where that is the Arm GIC, which.
// Sources: Devicetree Specification 0.4, section 2.4 "Interrupts and Interrupt Mapping"; Linux binding "arm,gic-v3".
#pragma once

#include <array>

#include "core/base/units.hpp"
#include "core/device_tree/tree.hpp"

namespace xenolith {

// How a line tells that it wants something, in the numbers of the binding.
enum class InterruptTrigger : u8 { none = 0, edge_rising = 1, edge_falling = 2, edge_both = 3, level_high = 4, level_low = 8 };
constexpr bool is_edge(InterruptTrigger trigger) { return (static_cast<u8>(trigger) & 3) != 0; }

// An interrupt as its controller counts.
struct InterruptSpecifier {
  static constexpr u32 max_cells = 8;
  DeviceTreeNode controller;
  u32 count = 0;
  std::array<u32, max_cells> cells{};
};

// A line into the GIC.
struct GicInterrupt {
  IntId id;
  InterruptTrigger trigger = InterruptTrigger::none;

  bool is_spi() const { return id.raw() >= 32 && id.raw() < 1020; }
  bool is_ppi() const { return id.raw() >= 16 && id.raw() < 32; }
  bool operator==(const GicInterrupt&) const = default;
};

// How many interrupts the node has. EINVAL: malformed, or the controller cannot be found, also because they lead in circles.
Result<u32> interrupt_count(DeviceTreeNode node);
// The one at `index` of `interrupts-extended` or `interrupts`, followed through interrupt-maps, and through controllers that hand
// on what they get under the same number, to the one that takes it. Errors: EINVAL malformed, or maps that lead in circles; ENOENT there is none, or a map has no line
// for it.
Result<InterruptSpecifier> interrupt_of(DeviceTreeNode node, u32 index);
// By name, from `interrupt-names`.
Result<InterruptSpecifier> interrupt_named(DeviceTreeNode node, std::string_view name);
// EOPNOTSUPP: the controller is not a GIC, or the kind of interrupt is unknown; EINVAL: malformed or out of range.
Result<GicInterrupt> gic_interrupt(const InterruptSpecifier& specifier);
// Whether the node is an Arm GIC, as CPUs have it.
bool is_gic(DeviceTreeNode node);

// The lines of an interrupt-map (of a PCI host bridge, say), one after the other, each resolved as by interrupt_of().
class InterruptMapWalk {
 public:
  explicit InterruptMapWalk(DeviceTreeNode node) : node_{node} {}
  // ENOENT: that was the last. Other errors: of interrupt_of(), the walk may go on unless it is EINVAL.
  Result<InterruptSpecifier> next();

 private:
  DeviceTreeNode node_;
  u32 at_ = 0;
};

}  // namespace xenolith
