// SPDX-License-Identifier: MIT
#include "tools/toolstack/device_nodes.hpp"

#include "tools/base/error.hpp"
#include "tools/toolstack/vdev.hpp"

namespace xenolith::tools {
namespace {

constexpr const char* console_limit = "1048576";  // bytes that xenconsoled keeps for a slow reader
constexpr const char* console_protocol = "vt100";
constexpr int default_mtu = 1500;

std::string flag(bool on) { return on ? "1" : "0"; }

template <typename T>
std::string decimal(T value) {
  return fmt::format("{}", value);
}

// What all devices begin with.
DeviceNodes begin_nodes(const Device& device) {
  std::string initial = state_text(DeviceState::initialising);
  return {device,
          {{"frontend-id", decimal(device.domain)}, {"online", "1"}, {"state", initial}},
          {{"backend-id", decimal(device.backend_domain)}, {"state", initial}},
          {}};
}

// qemu's word for how it opens the image.
std::string_view qemu_format(DiskFormat format) {
  switch (format) {
    case DiskFormat::qcow: return "qcow";
    case DiskFormat::qcow2: return "qcow2";
    case DiskFormat::vhd: return "vhd";
    case DiskFormat::qed: return "qed";
    default: return "aio";
  }
}

void add_disk_source(Nodes& back, const DiskConfig& disk, const std::string& scripts) {
  if (disk.backend_type == DiskBackend::qdisk) {
    back.emplace_back("params", fmt::format("{}:{}", qemu_format(disk.format), disk.target));
    return;
  }
  back.emplace_back("params", disk.target);
  back.emplace_back("script", script_path(disk.script.empty() ? "block" : disk.script, scripts));
}

void add_optional(Nodes& nodes, const char* name, const std::string& value) {
  if (!value.empty()) nodes.emplace_back(name, value);
}

}  // namespace

std::string state_text(DeviceState state) { return std::to_string(static_cast<int>(state)); }

std::string script_path(const std::string& script, const std::string& folder) {
  return script.starts_with('/') ? script : folder + "/" + script;
}

DeviceNodes disk_nodes(DomainId domain, const DiskConfig& disk, const std::string& scripts) {
  bool by_qemu = disk.backend_type == DiskBackend::qdisk;
  Device device{domain, disk.backend.id, vdev_number(disk.vdev), DeviceKind::vbd,
                by_qemu ? DeviceKind::qdisk : DeviceKind::vbd};
  DeviceNodes nodes = begin_nodes(device);
  std::string type = disk.cdrom ? "cdrom" : "disk";
  Nodes& back = nodes.backend;
  add_disk_source(back, disk, scripts);
  back.emplace_back("removable", flag(disk.removable));
  back.emplace_back("bootable", "1");
  back.emplace_back("dev", disk.vdev);
  back.emplace_back("type", by_qemu ? "qdisk" : "phy");
  back.emplace_back("mode", disk.writable ? "w" : "r");
  back.emplace_back("device-type", type);
  if (disk.direct_io_safe) back.emplace_back("direct-io-safe", "1");
  back.emplace_back("discard-enable", flag(disk.discard.value_or(disk.writable)));
  back.emplace_back("specification", "xen");
  nodes.frontend.emplace_back("virtual-device", decimal(device.id));
  nodes.frontend.emplace_back("device-type", type);
  nodes.frontend.emplace_back("trusted", flag(disk.trusted.value_or(true)));
  return nodes;
}

void complete_vif(VifConfig& vif) {
  if (vif.type == VifType::ioemu) fail(EINVAL, "a PVH guest has no emulated network devices (type=ioemu)");
  vif.type = VifType::vif;
  if (!vif.mac) vif.mac = MacAddress::random();
  if (vif.bridge.empty()) vif.bridge = "xenbr0";
  if (vif.script.empty()) vif.script = "vif-bridge";
}

DeviceNodes vif_nodes(DomainId domain, const VifConfig& vif, const std::string& scripts) {
  Device device{domain, vif.backend.id, vif.devid.value(), DeviceKind::vif, DeviceKind::vif};
  DeviceNodes nodes = begin_nodes(device);
  std::string mac = vif.mac.value().text();
  std::string handle = decimal(device.id);
  int mtu = vif.mtu.value_or(default_mtu);
  Nodes& back = nodes.backend;
  back.emplace_back("script", script_path(vif.script, scripts));
  add_optional(back, "vifname", vif.interface_name);
  back.emplace_back("mac", mac);
  add_optional(back, "ip", vif.ip);
  add_optional(back, "gatewaydev", vif.gateway_device);
  if (vif.rate && vif.rate->interval_us)
    back.emplace_back("rate", fmt::format("{},{}", vif.rate->bytes_per_interval, vif.rate->interval_us));
  if (mtu != default_mtu) back.emplace_back("mtu", decimal(mtu));
  back.emplace_back("bridge", vif.bridge);
  back.emplace_back("handle", handle);
  back.emplace_back("type", "vif");
  // The kernel's netback waits for a value here before it connects (the script gives it).
  back.emplace_back("hotplug-status", "");
  nodes.frontend.emplace_back("handle", handle);
  nodes.frontend.emplace_back("mac", mac);
  nodes.frontend.emplace_back("trusted", flag(vif.trusted.value_or(true)));
  nodes.read_only_frontend.emplace_back("mtu", decimal(mtu));
  return nodes;
}

DeviceNodes console_nodes(DomainId domain, const ConsoleRing& ring) {
  Device device{domain, ring.backend_domain, 0, DeviceKind::console, DeviceKind::console};
  DeviceNodes nodes = begin_nodes(device);
  nodes.backend.emplace_back("protocol", console_protocol);
  nodes.frontend = {{"backend-id", decimal(ring.backend_domain)}};
  nodes.read_only_frontend = {{"limit", console_limit},        {"type", "xenconsoled"},
                              {"output", "pty"},               {"tty", ""},
                              {"port", decimal(ring.port)},    {"ring-ref", decimal(ring.frame)}};
  return nodes;
}

DeviceNodes serial_line_nodes(DomainId domain, const ConsoleRing& ring) {
  DeviceNodes nodes = begin_nodes({domain, ring.backend_domain, 0, DeviceKind::vuart, DeviceKind::vuart});
  nodes.backend.emplace_back("protocol", console_protocol);
  nodes.frontend.clear();
  nodes.read_only_frontend = {
      {"port", decimal(ring.port)}, {"ring-ref", decimal(ring.frame)}, {"limit", console_limit}, {"type", "xenconsoled"}};
  return nodes;
}

DeviceNodes channel_nodes(DomainId domain, const ChannelConfig& channel) {
  if (channel.name.empty()) fail(EINVAL, "a channel has no name");
  if (channel.connection == ChannelConnection::unknown) fail(EINVAL, "channel {} has no connection (pty or socket)", channel.name);
  bool socket = channel.connection == ChannelConnection::socket;
  if (socket && channel.path.empty()) fail(EINVAL, "channel {} has no path for its socket", channel.name);
  Device device{domain, channel.backend.id, channel.devid.value(), DeviceKind::console, DeviceKind::console};
  DeviceNodes nodes = begin_nodes(device);
  nodes.backend.emplace_back("protocol", console_protocol);
  nodes.backend.emplace_back("name", channel.name);
  nodes.backend.emplace_back("connection", socket ? "socket" : "pty");
  if (socket) nodes.backend.emplace_back("path", channel.path);
  nodes.frontend.emplace_back("protocol", console_protocol);
  nodes.read_only_frontend = {{"name", channel.name},
                              {"limit", console_limit},
                              {"type", "ioemu"},
                              {"output", socket ? fmt::format("chardev:libxl-channel{}", device.id) : "pty"},
                              {"tty", ""}};
  return nodes;
}

}  // namespace xenolith::tools
