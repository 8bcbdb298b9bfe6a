// SPDX-License-Identifier: MIT
#include "core/device_tree/dom0_filter.hpp"

#include <algorithm>

namespace xenolith {

namespace {

using Names = std::span<const std::string_view>;

// Nodes of what the hypervisor drives, replaces, or could not keep apart from the other domains.
constexpr std::string_view hypervisors_own[] = {
    "arm,psci",          "arm,psci-0.2", "arm,psci-1.0", "xen,xen",     "multiboot,module", "xen,domain",
    "arm,armv7-timer-mem", "arm,smmu-v1",  "arm,smmu-v2",  "arm,smmu-v3", "arm,mmu-400",      "arm,mmu-401",
    "arm,mmu-500",       "qcom,smmu-v2", "nvidia,smmu-500", "marvell,ap806-smmu-500", "xen,memory-v1",
};

// Of /chosen: what the boot loader told the hypervisor, and what is written anew.
constexpr std::string_view chosen_gone[] = {
    "bootargs",     "stdout-path",         "linux,stdout-path", "linux,initrd-start", "linux,initrd-end", "xen,xen-bootargs",
    "xen,dom0-bootargs",
};

// Of the GIC: what only the hypervisor has of it.
constexpr std::string_view gic_gone[] = {
    "interrupts", "interrupts-extended", "interrupt-names", "clocks", "clock-names", "power-domains", "mbi-ranges", "msi-controller",
    "mbi-alias",
};

constexpr std::string_view timer_gone[] = {"interrupts-extended", "interrupt-names"};

// Properties that are lists of references, each with so many numbers behind it as a property of the node that it leads to says. None of them is
// of use when one of those is gone.
struct Reference {
  std::string_view property, cells;
};
constexpr Reference references[] = {
    {"interrupt-affinity", {}},          {"iommus", "#iommu-cells"}, {"msi-parent", "#msi-cells"}, {"cpu", {}},
    {"cooling-device", "#cooling-cells"}, {"affinity", {}},          {"cpus", {}},                 {"next-level-cache", {}},
    {"power-domains", "#power-domain-cells"},
};

// Maps of numbers of devices: first, controller, its first, how many.
constexpr std::string_view maps[] = {"iommu-map", "msi-map"};

const Reference* reference_of(std::string_view name) {
  for (const Reference& reference : references)
    if (reference.property == name) return &reference;
  return nullptr;
}

bool is_one_of(std::string_view name, Names names) { return std::find(names.begin(), names.end(), name) != names.end(); }

bool is_compatible_with(DeviceTreeNode node, Names names) {
  DeviceTreeProperty compatible = node.property("compatible");
  return compatible.exists() && std::any_of(names.begin(), names.end(), [&](std::string_view name) { return compatible.has_string(name); });
}

// Counters of the processors, not of some bus: no registers in memory.
bool is_cpu_pmu(DeviceTreeNode node) {
  return (node.base_name().starts_with("pmu") || node.base_name() == "arm-pmu") && !node.has("reg") &&
         (node.has("interrupts") || node.has("interrupts-extended"));
}

}  // namespace

bool Dom0Filter::drops_gic_child(DeviceTreeNode node) const {
  if (node.is_compatible("arm,gic-v3-its")) return !options_.offers_its;
  if (node.is_compatible("arm,gic-v2m-frame")) return !options_.offers_v2m;
  return true;
}

bool Dom0Filter::drops_for_what_it_is(DeviceTreeNode node) const {
  DeviceTreeNode parent = node.parent();
  if (!parent) return false;
  if (!parent.parent() && (node.has_type("memory") || node.name() == "cpus")) return true;
  return is_compatible_with(node, hypervisors_own) || is_compatible_with(node, board_.hidden) || is_cpu_pmu(node);
}

bool Dom0Filter::drops(DeviceTreeNode node) const {
  if (description_.uart && node == description_.uart->node) return true;
  if (description_.gic.node && node.parent() == description_.gic.node) return drops_gic_child(node);
  if (node.has("xen,passthrough")) return true;
  // A limit to a device that is gone.
  if (node.has("cooling-device") && refers_to_gone("cooling-device", node.property("cooling-device"))) return true;
  return drops_for_what_it_is(node);
}

bool Dom0Filter::drops_any_above(DeviceTreeNode node) const {
  for (DeviceTreeNode at = node; at; at = at.parent())
    if (drops(at)) return true;
  return false;
}

bool Dom0Filter::stays_as_cpu(DeviceTreeNode node) const {
  size_t count = std::min<size_t>(options_.vcpus, description_.cpus.size());
  for (size_t i = 0; i < count; ++i)
    if (description_.cpus[i].node == node) return true;
  return false;
}

bool Dom0Filter::is_gone(u32 phandle) const {
  DeviceTreeNode node = host_.by_phandle(phandle);
  if (!node || stays_as_cpu(node)) return false;
  for (DeviceTreeNode at = node; at; at = at.parent())
    if (drops_for_what_it_is(at) || (at.parent() == description_.gic.node && description_.gic.node && drops_gic_child(at))) return true;
  return false;
}

bool Dom0Filter::refers_to_gone(std::string_view name, DeviceTreeProperty property) const {
  constexpr u32 map_entry = 4;
  if (is_one_of(name, maps)) {
    for (u32 i = 1; i < property.cell_count(); i += map_entry)
      if (is_gone(property.cell(i).value_or(0))) return true;
    return false;
  }
  const Reference* reference = reference_of(name);
  for (u64 i = 0; reference && i < property.cell_count(); ++i) {
    u32 phandle = property.cell(static_cast<u32>(i)).value_or(0);
    if (is_gone(phandle)) return true;
    if (!reference->cells.empty()) i += host_.by_phandle(phandle).property(reference->cells).cell(0).value_or(0);
  }
  return false;
}

bool Dom0Filter::names_gone_path(DeviceTreeProperty property) const {
  std::string_view path = property.text();
  DeviceTreeNode node = host_.find(path.substr(0, path.find(':')));
  return node && drops_any_above(node);
}

bool Dom0Filter::drops_property(DeviceTreeNode node, std::string_view name, DeviceTreeProperty property) const {
  if (node.parent() == host_.root() && node.name() == "chosen") return is_one_of(name, chosen_gone);
  if (node.parent() == host_.root() && (node.name() == "aliases" || node.name() == "__symbols__")) return names_gone_path(property);
  if (description_.gic.node && node == description_.gic.node) return is_one_of(name, gic_gone);
  if (description_.gic.node && node == description_.timer.node && is_one_of(name, timer_gone)) return true;
  return refers_to_gone(name, property);
}

}  // namespace xenolith
