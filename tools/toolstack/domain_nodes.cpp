// SPDX-License-Identifier: MIT
#include "tools/toolstack/domain_nodes.hpp"

#include <algorithm>

#include "tools/base/error.hpp"
#include "tools/toolstack/device.hpp"

namespace xenolith::tools {
namespace {

// Nodes that the guest may read, and those it may write as well.
constexpr const char* readable[] = {"cpu", "memory", "device", "control"};
constexpr const char* writable[] = {
    "device/suspend/event-channel", "control/shutdown", "control/feature-poweroff", "control/feature-reboot",
    "control/feature-suspend", "control/sysrq", "data", "drivers", "feature", "attr", "error"};
// In a driver domain, devd and its qemu keep their notes here.
constexpr const char* driver_domain[] = {"libxl", "device-model"};

std::string vm_path(const DomainConfig& config) { return "/vm/" + config.uuid.value().text(); }

void replace(StoreView& view, const std::string& path, const Permissions& permissions) {
  view.remove(path);
  view.write(path, "", permissions);
}

void write_all(StoreView& view, const std::string& directory, const std::map<std::string, std::string>& nodes) {
  for (const auto& [name, value] : nodes) view.write(directory + "/" + name, value);
}

}  // namespace

void write_base_nodes(StoreView& view, DomainId domain, const DomainConfig& config) {
  Permissions closed{{DomainId(0), Access::none}};
  Permissions for_reading{{DomainId(0), Access::none}, {domain, Access::read}};
  Permissions own{{domain, Access::none}};
  std::string root = domain_path(domain), vm = vm_path(config), record = private_path(domain);
  replace(view, root, for_reading);
  replace(view, vm, for_reading);
  replace(view, record, closed);
  view.write(record + "/device", "", closed);
  view.write(root + "/vm", vm);
  view.write(root + "/name", config.name);
  for (const char* name : readable) view.write(root + "/" + name, "", for_reading);
  for (const char* name : writable) view.write(root + "/" + name, "", own);
  if (config.driver_domain)
    for (const char* name : driver_domain) view.write(root + "/" + name, "", own);
  view.write(vm + "/uuid", config.uuid->text());
  view.write(vm + "/name", config.name);
  write_all(view, root + "/vm-data", config.xenstore_data);
  write_all(view, root + "/platform", config.platform_data);
  view.write(root + "/control/platform-feature-multiprocessor-suspend", "1");
  view.write(root + "/control/platform-feature-xs_reset_watches", "1");
  view.write(record + "/type", type_name(config.type));
  view.write(record + "/dm-version", "qemu_xen");
}

void write_processor_nodes(StoreView& view, DomainId domain, uint32_t online, uint32_t maximum) {
  for (uint32_t cpu = 0; cpu < maximum; ++cpu)
    view.write(fmt::format("{}/cpu/{}/availability", domain_path(domain), cpu), cpu < online ? "online" : "offline");
}

void write_built_nodes(StoreView& view, DomainId domain, const DomainConfig& config, const BuildResult& built, double now) {
  std::string root = domain_path(domain);
  // Linux reckons its balloon from the difference between this and what its memory map shows, so they must agree.
  KiB shown = built.shown_memory == KiB(0) ? config.max_memory : built.shown_memory;
  view.write(root + "/memory/static-max", std::to_string(shown.value()));
  view.write(root + "/memory/target", std::to_string(config.memory.value()));
  view.write(root + "/memory/videoram", "0");
  view.write(root + "/domid", std::to_string(domain.value()));
  view.write(root + "/store/port", std::to_string(built.store_port.value()));
  view.write(root + "/store/ring-ref", std::to_string(built.store_frame.value()));
  write_processor_nodes(view, domain, config.vcpus, config.max_vcpus);
  view.write(vm_path(config) + "/start_time", fmt::format("{:.2f}", now));
}

void remove_domain_nodes(StoreView& view, DomainId domain) {
  if (auto vm = view.find(domain_path(domain) + "/vm"); vm && vm->starts_with("/vm/") && vm->size() > 4) view.remove(*vm);
  view.remove(domain_path(domain));
  view.remove(private_path(domain));
}

void check_domain_name(const std::string& name) {
  if (name.empty()) fail(EINVAL, "a domain needs a name");
  if (name.size() > 255) fail(EINVAL, "the domain's name is longer than 255 bytes");
  auto is_digit = [](unsigned char c) { return c >= '0' && c <= '9'; };
  if (std::all_of(name.begin(), name.end(), is_digit)) fail(EINVAL, "'{}' cannot be a domain's name: it is a number", name);
  for (unsigned char c : name)
    if (c < 0x20 || c == 0x7f || c == '/') fail(EINVAL, "a domain's name cannot have '/' or control characters");
}

}  // namespace xenolith::tools
