// SPDX-License-Identifier: MIT
#include "core/device_tree/interrupts.hpp"

#include "core/device_tree/boards.hpp"
#include "core/device_tree/interrupt_map.hpp"

namespace xenolith {

namespace {

// More than any machine has on the way from a device to its processors.
constexpr unsigned most_steps = 32;

constexpr std::string_view gics[] = {
    "arm,gic-v3",          "arm,gic-400",        "arm,cortex-a15-gic", "arm,cortex-a7-gic", "arm,cortex-a9-gic",
    "arm,cortex-a5-gic",   "arm,gic-v1",         "arm,pl390",          "arm,eb11mp-gic",    "arm,tc11mp-gic",
    "arm,arm11mp-gic",     "qcom,msm-8660-qgic", "qcom,msm-qgic2",     "brcm,brahma-b15-gic",
};

// The node that `interrupts` of `node` are for, or that takes what `node` hands on.
Result<DeviceTreeNode> interrupt_parent(DeviceTreeNode node) {
  for (unsigned step = 0; step < most_steps; ++step) {
    DeviceTreeProperty said = node.property("interrupt-parent");
    node = said.exists() ? node.tree()->by_phandle(TRY(said.cell(0))) : node.parent();
    if (!node) return Failure{XEN_EINVAL};
    if (node.has("#interrupt-cells")) return node;
  }
  return Failure{XEN_EINVAL};
}

Result<u32> interrupt_cells(DeviceTreeNode controller) {
  u32 cells = TRY(controller.property("#interrupt-cells").cell(0));
  if (cells == 0 || cells > InterruptSpecifier::max_cells) return Failure{XEN_EINVAL};
  return cells;
}

Result<InterruptSpecifier> read_specifier(DeviceTreeNode controller, DeviceTreeProperty property, u32 at) {
  InterruptSpecifier specifier;
  specifier.controller = controller;
  specifier.count = TRY(interrupt_cells(controller));
  for (u32 i = 0; i < specifier.count; ++i) specifier.cells[i] = TRY(property.cell(at + i));
  return specifier;
}

// Calls `function(InterruptSpecifier) -> bool` for each until it is false. Phandle 0 is a place left empty.
template <class Function>
Result<void> for_each_extended(DeviceTreeNode node, DeviceTreeProperty property, Function function) {
  for (u32 at = 0; at < property.cell_count();) {
    u32 phandle = TRY(property.cell(at++));
    InterruptSpecifier specifier;
    if (phandle != 0) {
      DeviceTreeNode controller = node.tree()->by_phandle(phandle);
      if (!controller) return Failure{XEN_EINVAL};
      specifier = TRY(read_specifier(controller, property, at));
    }
    at += specifier.count;
    if (!function(specifier)) break;
  }
  return {};
}

Result<InterruptSpecifier> extended(DeviceTreeNode node, DeviceTreeProperty property, u32 index) {
  InterruptSpecifier found;
  TRY(for_each_extended(node, property, [&](const InterruptSpecifier& specifier) {
    if (index-- != 0) return true;
    found = specifier;
    return false;
  }));
  if (!found.controller) return Failure{XEN_ENOENT};
  return found;
}

Result<InterruptSpecifier> plain(DeviceTreeNode node, DeviceTreeProperty property, u32 index) {
  if (!property.exists()) return Failure{XEN_ENOENT};
  DeviceTreeNode controller = TRY(interrupt_parent(node));
  u32 cells = TRY(interrupt_cells(controller));
  if (index >= property.cell_count() / cells) return Failure{XEN_ENOENT};
  return read_specifier(controller, property, index * cells);
}

// The unit address that a map above the node compares with.
void set_unit(DeviceTreeNode node, PendingInterrupt& pending) {
  u32 cells = node.parent() ? node.parent().address_cells() : 0;
  pending.unit_count = cells > most_unit_cells ? 0 : cells;
  for (u32 i = 0; i < pending.unit_count; ++i) pending.unit[i] = node.property("reg").cell(i).value_or(0);
}

}  // namespace

bool is_gic(DeviceTreeNode node) {
  for (std::string_view name : gics)
    if (node.is_compatible(name)) return true;
  return false;
}

Result<u32> interrupt_count(DeviceTreeNode node) {
  DeviceTreeProperty long_form = node.property("interrupts-extended");
  if (long_form.exists()) {
    u32 count = 0;
    TRY(for_each_extended(node, long_form, [&](const InterruptSpecifier&) { return ++count, true; }));
    return count;
  }
  DeviceTreeProperty property = node.property("interrupts");
  if (!property.exists()) return u32{0};
  u32 cells = TRY(interrupt_cells(TRY(interrupt_parent(node))));
  if (property.bytes().size() % (u64{cells} * 4) != 0) return Failure{XEN_EINVAL};
  return property.cell_count() / cells;
}

Result<InterruptSpecifier> resolve(PendingInterrupt at) {
  for (unsigned step = 0; step < most_steps; ++step) {
    DeviceTreeNode controller = at.specifier.controller;
    if (controller.has("interrupt-map")) {
      at = TRY(TRY(InterruptMap::of(controller)).look_up(at));
    } else if (passes_interrupts_on(controller)) {
      at.specifier.controller = TRY(interrupt_parent(controller));
    } else if (controller.has("interrupt-controller") || !controller.parent()) {
      return at.specifier;
    } else {
      at.specifier.controller = TRY(interrupt_parent(controller));
      set_unit(controller, at);
    }
  }
  return Failure{XEN_EINVAL};
}

Result<InterruptSpecifier> interrupt_of(DeviceTreeNode node, u32 index) {
  DeviceTreeProperty long_form = node.property("interrupts-extended");
  PendingInterrupt pending;
  pending.specifier = long_form.exists() ? TRY(extended(node, long_form, index)) : TRY(plain(node, node.property("interrupts"), index));
  set_unit(node, pending);
  return resolve(pending);
}

Result<InterruptSpecifier> interrupt_named(DeviceTreeNode node, std::string_view name) {
  std::optional<u32> index = node.property("interrupt-names").index_of_string(name);
  if (!index) return Failure{XEN_ENOENT};
  return interrupt_of(node, *index);
}

Result<GicInterrupt> gic_interrupt(const InterruptSpecifier& specifier) {
  constexpr u32 shared = 0, per_cpu = 1, first_shared = 32, first_per_cpu = 16, end = 1020;
  if (!is_gic(specifier.controller)) return Failure{XEN_EOPNOTSUPP};
  if (specifier.count < 3) return Failure{XEN_EINVAL};
  u32 kind = specifier.cells[0], number = specifier.cells[1];
  if (kind != shared && kind != per_cpu) return Failure{XEN_EOPNOTSUPP};
  if (number >= (kind == shared ? end - first_shared : first_shared - first_per_cpu)) return Failure{XEN_EINVAL};
  auto trigger = static_cast<InterruptTrigger>(specifier.cells[2] & 0xf);
  return GicInterrupt{IntId{number + (kind == shared ? first_shared : first_per_cpu)}, trigger};
}

Result<InterruptSpecifier> InterruptMapWalk::next() {
  if (!node_.has("interrupt-map")) return Failure{XEN_ENOENT};
  InterruptMap map = TRY(InterruptMap::of(node_));
  if (map.is_end(at_)) return Failure{XEN_ENOENT};
  return resolve(TRY(map.line(at_, nullptr)).above);
}

}  // namespace xenolith
