// SPDX-License-Identifier: MIT
#include "tools/toolstack/device_record.hpp"

#include <algorithm>
#include <charconv>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

void write_nodes(StoreView& view, const std::string& directory, const Nodes& nodes) {
  for (const auto& [name, value] : nodes) view.write(directory + "/" + name, value);
}

void write_nodes(StoreView& view, const std::string& directory, const Nodes& nodes, const Permissions& permissions) {
  for (const auto& [name, value] : nodes) view.write(directory + "/" + name, value, permissions);
}

void replace_directory(StoreView& view, const std::string& directory, const Permissions& permissions) {
  view.remove(directory);
  view.mkdir(directory, permissions);
}

void write_frontend(StoreView& view, const DeviceNodes& nodes) {
  const Device& device = nodes.device;
  Permissions guests{{device.domain, Access::none}, {device.backend_domain, Access::read}};
  Permissions fixed{{device.backend_domain, Access::none}, {device.domain, Access::read}};
  std::string directory = frontend_path(device);
  // These directories hold more than the device's nodes, which the guest must not change.
  replace_directory(view, directory, device.is_ring_console() ? fixed : guests);
  view.write(directory + "/backend", backend_path(device));
  write_nodes(view, directory, nodes.frontend, guests);
  write_nodes(view, directory, nodes.read_only_frontend, fixed);
}

void write_backend(StoreView& view, const DeviceNodes& nodes) {
  const Device& device = nodes.device;
  std::string directory = backend_path(device);
  replace_directory(view, directory, {{device.backend_domain, Access::none}, {device.domain, Access::read}});
  view.write(directory + "/frontend", frontend_path(device));
  write_nodes(view, directory, nodes.backend);
}

std::optional<int> parse_id(const std::string& text) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::string parent(const std::string& path) { return path.substr(0, path.rfind('/')); }

// How deep remove_with_empty_parents() may climb: not above the domain's own directory.
bool is_root_of_something(const std::string& path) {
  return path.empty() || std::count(path.begin(), path.end(), '/') <= (path.starts_with("/local/") ? 3 : 2);
}

}  // namespace

void add_device(StoreView& view, const DeviceNodes& nodes) {
  const Device& device = nodes.device;
  std::string record = private_path(device);
  if (view.exists(record))
    fail(EEXIST, "domain {} has the device {} {} already", device.domain, kind_name(device.kind), device.id);
  view.write(record + "/frontend", frontend_path(device));
  view.write(record + "/backend", backend_path(device));
  write_frontend(view, nodes);
  write_backend(view, nodes);
  write_nodes(view, record, nodes.backend);
}

void remove_with_empty_parents(StoreView& view, std::string path) {
  view.remove(path);
  for (path = parent(path); !is_root_of_something(path); path = parent(path)) {
    if (!view.list(path).empty()) return;
    try {
      view.remove(path);
    } catch (const Error&) {
      return;
    }
  }
}

void remove_backend(StoreView& view, const Device& device) { remove_with_empty_parents(view, backend_path(device)); }

void remove_device(StoreView& view, const Device& device) {
  remove_with_empty_parents(view, frontend_path(device));
  remove_with_empty_parents(view, private_path(device));
  remove_backend(view, device);
}

std::optional<Device> recorded_device(const StoreView& view, DomainId domain, DeviceKind kind, int id) {
  auto backend = view.find(private_path(Device{domain, DomainId(0), id, kind, kind}) + "/backend");
  if (!backend) return std::nullopt;
  auto device = device_of_backend(*backend);
  if (!device) return std::nullopt;
  device->domain = domain;
  device->kind = kind;
  device->id = id;
  return device;
}

std::vector<Device> recorded_devices(const StoreView& view, DomainId domain) {
  std::vector<Device> devices;
  std::string root = private_path(domain) + "/device";
  for (const auto& kind_text : view.list(root)) {
    auto kind = parse_kind(kind_text);
    if (!kind) continue;
    for (const auto& id_text : view.list(root + "/" + kind_text)) {
      auto id = parse_id(id_text);
      auto device = id ? recorded_device(view, domain, *kind, *id) : std::nullopt;
      if (device) devices.push_back(*device);
    }
  }
  std::sort(devices.begin(), devices.end());
  return devices;
}

int next_device_id(const StoreView& view, DomainId domain, DeviceKind kind, int first) {
  int next = first;
  for (const auto& text : view.list(fmt::format("{}/device/{}", private_path(domain), kind_name(kind))))
    if (auto id = parse_id(text)) next = std::max(next, *id + 1);
  return next;
}

DeviceState read_state(const StoreView& view, const std::string& directory) {
  auto text = view.find(directory + "/state");
  auto value = text ? parse_id(*text) : std::nullopt;
  if (!value || *value > static_cast<int>(DeviceState::closed)) return DeviceState::unknown;
  return static_cast<DeviceState>(*value);
}

bool frontend_exists(const StoreView& view, const Device& device) {
  try {
    return view.exists(frontend_path(device));
  } catch (const Error&) {
    return false;
  }
}

bool is_plugged(const StoreView& view, const Device& device) {
  std::string backend = backend_path(device);
  return view.find(backend + "/hotplug-status") == "connected" || view.exists(backend + "/physical-device") ||
         read_state(view, backend) == DeviceState::connected;
}

}  // namespace xenolith::tools
