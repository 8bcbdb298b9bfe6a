// SPDX-License-Identifier: MIT
// What the boot loader put into /chosen. Sources: Xen's docs/misc/arm/device-tree/booting.txt, "Multiboot modules" and
// "Command lines"; Devicetree Specification 0.4, section 3.6 "/chosen Node".
#include "core/device_tree/host_parser.hpp"

namespace xenolith {

namespace {

struct ModuleName {
  std::string_view compatible;
  HostModuleKind kind;
};

constexpr ModuleName module_names[] = {
    {"multiboot,kernel", HostModuleKind::kernel},           {"xen,linux-zimage", HostModuleKind::kernel},
    {"multiboot,ramdisk", HostModuleKind::ramdisk},         {"xen,linux-initrd", HostModuleKind::ramdisk},
    {"multiboot,device-tree", HostModuleKind::device_tree}, {"xen,xsm-policy", HostModuleKind::xsm},
    {"multiboot,module", HostModuleKind::unknown},
};

// Not a module: nothing.
std::optional<HostModuleKind> module_kind(DeviceTreeNode node) {
  for (const ModuleName& name : module_names)
    if (node.is_compatible(name.compatible)) return name.kind;
  return std::nullopt;
}

// The module that `node` is, if it is one and says where it lies.
std::optional<HostModule> read_module(DeviceTreeNode node) {
  std::optional<HostModuleKind> kind = module_kind(node);
  if (!kind) return std::nullopt;
  Result<DeviceRange> range = direct_registers_of(node, 0);
  if (range.failed() || range->size == 0) {
    warn_about(node, "a module with no proper reg", range.failed() ? range.error() : XEN_EINVAL);
    return std::nullopt;
  }
  return HostModule{*kind, *range, node.property("bootargs").text()};
}

bool has_kind(const HostDescription& result, HostModuleKind kind) {
  for (const HostModule& module : result.modules)
    if (module.kind == kind) return true;
  return false;
}

// Modules of no stated kind are kernel and RAM disk in this order, where there is none yet.
void name_unknown(HostDescription& result) {
  for (size_t i = 0; i < result.modules.size(); ++i) {
    HostModule& module = result.modules[i];
    if (module.kind != HostModuleKind::unknown) continue;
    if (!has_kind(result, HostModuleKind::kernel)) module.kind = HostModuleKind::kernel;
    else if (!has_kind(result, HostModuleKind::ramdisk)) module.kind = HostModuleKind::ramdisk;
  }
}

void add_linux_initrd(DeviceTreeNode chosen, HostDescription& result) {
  Result<u64> start = chosen.property("linux,initrd-start").whole_number(), end = chosen.property("linux,initrd-end").whole_number();
  if (start.failed() || end.failed() || *end <= *start || has_kind(result, HostModuleKind::ramdisk)) return;
  if (result.modules.add({HostModuleKind::ramdisk, {MachineAddress{*start}, *end - *start}, {}}).failed())
    warn_about(chosen, "too many modules", XEN_ENOSPC);
}

void add_domain_module(DeviceTreeNode node, HostDomain& domain) {
  std::optional<HostModule> module = read_module(node);
  if (!module) return;
  if (module->kind == HostModuleKind::kernel) domain.kernel = module;
  if (module->kind == HostModuleKind::ramdisk) domain.ramdisk = module;
  if (module->kind == HostModuleKind::device_tree) domain.device_tree = module;
}

void add_domain(DeviceTreeNode node, HostDescription& result) {
  HostDomain domain;
  domain.node = node;
  Result<u64> memory = node.property("memory").whole_number();
  if (memory.failed()) return warn_about(node, "a domain with no memory", memory.error());
  domain.memory_kib = *memory;
  domain.cpus = node.property("cpus").cell(0).value_or(1);
  domain.vpl011 = node.has("vpl011");
  DeviceTreeProperty enhanced = node.property("xen,enhanced");
  domain.enhanced = enhanced.exists() && enhanced.text() != "disabled";
  for_each_child(node, [&](DeviceTreeNode child) { add_domain_module(child, domain); });
  if (result.domains.add(domain).failed()) warn_about(node, "too many domains", XEN_ENOSPC);
}

std::string_view kernel_bootargs(const HostDescription& result) {
  for (const HostModule& module : result.modules)
    if (module.kind == HostModuleKind::kernel) return module.bootargs;
  return {};
}

// `bootargs` is whose line is not given otherwise; dom0's when neither is.
void read_command_lines(DeviceTreeNode chosen, HostDescription& result) {
  DeviceTreeProperty xen = chosen.property("xen,xen-bootargs"), dom0 = chosen.property("xen,dom0-bootargs");
  std::string_view common = chosen.property("bootargs").text(), kernel = kernel_bootargs(result);
  bool dom0_has_own = dom0.exists() || !kernel.empty();
  result.xen_bootargs = xen.exists() ? xen.text() : dom0_has_own ? common : std::string_view{};
  result.dom0_bootargs = !kernel.empty() ? kernel : dom0.exists() ? dom0.text() : common;
}

void take_uart(DeviceTreeNode node, HostDescription& result) {
  Result<HostUart> uart = describe_uart(node);
  if (uart) result.uart = *uart;
  else if (node) warn_about(node, "not a known serial line", uart.error());
}

void find_uart(const DeviceTree& tree, DeviceTreeNode chosen, HostDescription& result) {
  DeviceTreeProperty property = chosen.property("stdout-path");
  if (!property.exists()) property = chosen.property("linux,stdout-path");
  std::string_view path = property.text();
  size_t colon = std::min(path.find(':'), path.size());
  result.uart_options = path.substr(std::min(colon + 1, path.size()));
  if (!path.empty()) take_uart(tree.find(path.substr(0, colon)), result);
  for (char digit = '0'; !result.uart && digit <= '9'; ++digit) {
    const char alias[] = {'s', 'e', 'r', 'i', 'a', 'l', digit};
    DeviceTreeNode node = tree.find({alias, sizeof(alias)});
    if (node && node.is_reachable()) take_uart(node, result);
  }
}

}  // namespace

Result<void> describe_chosen(const DeviceTree& tree, HostDescription& result) {
  DeviceTreeNode chosen = tree.root().child("chosen");
  for_each_child(chosen, [&](DeviceTreeNode child) {
    if (child.is_compatible("xen,domain")) return add_domain(child, result);
    std::optional<HostModule> module = read_module(child);
    if (module && result.modules.add(*module).failed()) warn_about(child, "too many modules", XEN_ENOSPC);
  });
  name_unknown(result);
  add_linux_initrd(chosen, result);
  read_command_lines(chosen, result);
  find_uart(tree, chosen, result);
  return {};
}

}  // namespace xenolith
