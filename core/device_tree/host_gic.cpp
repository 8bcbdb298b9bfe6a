// SPDX-License-Identifier: MIT
// Interrupt controller and timer. Sources: Linux bindings "arm,gic", "arm,gic-v3", "arm,arch_timer".
#include "core/device_tree/boards.hpp"
#include "core/device_tree/host_parser.hpp"

namespace xenolith {

namespace {

std::optional<GicInterrupt> private_interrupt(Result<InterruptSpecifier> specifier) {
  if (specifier.failed()) return std::nullopt;
  Result<GicInterrupt> interrupt = gic_interrupt(*specifier);
  if (interrupt.failed() || !interrupt->is_ppi()) return std::nullopt;
  return *interrupt;
}

DeviceTreeNode find_gic(const DeviceTree& tree) {
  for (u32 i = 0; i < tree.count(); ++i)
    if (is_gic(tree.node(i)) && tree.node(i).is_reachable()) return tree.node(i);
  return {};
}

// What there is of `reg` from `index` on, else nothing.
DeviceRange optional_registers(DeviceTreeNode node, u32 index) { return registers_of(node, index).value_or(DeviceRange{}); }

Result<void> describe_v3(DeviceTreeNode node, HostGic& gic) {
  u32 regions = node.property("#redistributor-regions").cell(0).value_or(1);
  for (u32 i = 0; i < regions; ++i) {
    Result<DeviceRange> region = registers_of(node, 1 + i);
    if (region.failed()) return complain_about(node, "a redistributor region is missing", region.error());
    if (gic.redistributors.add(*region).failed()) return complain_about(node, "too many redistributor regions", XEN_ENOSPC);
  }
  gic.redistributor_stride = node.property("redistributor-stride").whole_number().value_or(0);
  gic.cpu_interface = optional_registers(node, 1 + regions);
  gic.hypervisor_interface = optional_registers(node, 2 + regions);
  gic.virtual_cpu_interface = optional_registers(node, 3 + regions);
  return {};
}

Result<void> describe_v2(DeviceTreeNode node, HostGic& gic) {
  Result<DeviceRange> interface = registers_of(node, 1);
  if (interface.failed()) return complain_about(node, "no GIC CPU interface", interface.error());
  gic.cpu_interface = *interface;
  gic.hypervisor_interface = optional_registers(node, 2);
  gic.virtual_cpu_interface = optional_registers(node, 3);
  return {};
}

void add_frame(DeviceTreeNode node, HostGic& gic) {
  Result<DeviceRange> registers = registers_of(node, 0);
  if (registers.failed()) return warn_about(node, "no registers", registers.error());
  GicV2mFrame frame{*registers, node.property("arm,msi-base-spi").cell(0).value_or(0),
                    node.property("arm,msi-num-spis").cell(0).value_or(0), node};
  if (gic.v2m_frames.add(frame).failed()) warn_about(node, "too many frames", XEN_ENOSPC);
}

void add_its(DeviceTreeNode node, HostGic& gic) {
  Result<DeviceRange> registers = registers_of(node, 0);
  if (registers.failed()) return warn_about(node, "no registers", registers.error());
  if (gic.its.add({*registers, node}).failed()) warn_about(node, "too many ITSs", XEN_ENOSPC);
}

std::optional<GicInterrupt> timer_interrupt(DeviceTreeNode node, std::string_view name, u32 index) {
  if (node.has("interrupt-names")) return private_interrupt(interrupt_named(node, name));
  return private_interrupt(interrupt_of(node, index));
}

DeviceTreeNode find_timer(const DeviceTree& tree) {
  for (u32 i = 0; i < tree.count(); ++i)
    for (std::string_view name : {"arm,armv8-timer", "arm,armv7-timer"})
      if (tree.node(i).is_compatible(name)) return tree.node(i);
  return {};
}

}  // namespace

Result<void> describe_gic(const DeviceTree& tree, HostDescription& result) {
  HostGic& gic = result.gic;
  DeviceTreeNode node = find_gic(tree);
  if (!node) return {};
  gic.node = node;
  Result<DeviceRange> distributor = registers_of(node, 0);
  if (distributor.failed()) return complain_about(node, "no GIC distributor", distributor.error());
  gic.distributor = *distributor;
  bool is_v3 = node.is_compatible("arm,gic-v3");
  TRY(is_v3 ? describe_v3(node, gic) : describe_v2(node, gic));
  gic.version = is_v3 ? GicVersion::v3 : GicVersion::v2;
  gic.maintenance = private_interrupt(interrupt_of(node, 0));
  for_each_child(node, [&](DeviceTreeNode child) {
    if (child.is_compatible("arm,gic-v2m-frame")) add_frame(child, gic);
    if (child.is_compatible("arm,gic-v3-its") && child.is_available()) add_its(child, gic);
  });
  return {};
}

void describe_timer(const DeviceTree& tree, HostDescription& result) {
  HostTimer& timer = result.timer;
  timer.node = find_timer(tree);
  if (!timer.node) return;
  timer.secure_physical = timer_interrupt(timer.node, "sec-phys", 0);
  timer.physical = timer_interrupt(timer.node, "phys", 1);
  timer.virtual_timer = timer_interrupt(timer.node, "virt", 2);
  timer.hypervisor = timer_interrupt(timer.node, "hyp-phys", 3);
  timer.clock_frequency = timer.node.property("clock-frequency").cell(0).value_or(0);
}

}  // namespace xenolith
