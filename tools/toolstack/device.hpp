// SPDX-License-Identifier: MIT
// What identifies a paravirtual device, and where its nodes are in xenstore.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "tools/control/types.hpp"

namespace xenolith::tools {

// The name of a kind is its directory's name in xenstore: vbd, qdisk, vif, console...
enum class DeviceKind { vbd, qdisk, vif, console, vuart, vfb, vkbd, p9, pvcalls };

std::string_view kind_name(DeviceKind kind);
std::optional<DeviceKind> parse_kind(std::string_view name);

struct Device {
  DomainId domain;           // the frontend's
  DomainId backend_domain;
  int id = 0;                // unique in the domain among those of the kind
  DeviceKind kind{};         // as the frontend sees it: vbd for all disks
  DeviceKind backend_kind{}; // vbd or qdisk for a disk

  auto operator<=>(const Device&) const = default;

  bool is_primary_console() const { return kind == DeviceKind::console && id == 0; }
  // Served by xenconsoled through a ring that was there before: it has its own place in xenstore and no connection states.
  bool is_ring_console() const { return is_primary_console() || kind == DeviceKind::vuart; }
  // Its backend is qemu, which needs no hotplug script and goes through the states by itself.
  bool has_process_backend() const;
  // The backend is the kernel's, with scripts around it.
  bool has_script() const { return backend_kind == DeviceKind::vbd || backend_kind == DeviceKind::vif; }
};

// /local/domain/N
std::string domain_path(DomainId domain);
// /libxl/N: the toolstack's own, closed to all domains but dom0
std::string private_path(DomainId domain);
// /local/domain/N/device/KIND/ID
std::string frontend_path(const Device& device);
// /local/domain/B/backend/KIND/N/ID
std::string backend_path(const Device& device);
// /libxl/N/device/KIND/ID
std::string private_path(const Device& device);
// "vif1.0", as the kernel's netback names the interface.
std::string vif_name(const Device& device);

// The device of a backend path as made by backend_path(), or of a node below it. None if it is no such path. The frontend's
// kind is derived from the backend's.
std::optional<Device> device_of_backend(std::string_view path);

}  // namespace xenolith::tools
