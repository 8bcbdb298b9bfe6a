// SPDX-License-Identifier: MIT
// Toolstack: devices of running domains.
#include <algorithm>

#include "tools/base/error.hpp"
#include "tools/base/failure_point.hpp"
#include "tools/config/domain_json.hpp"
#include "tools/toolstack/cleanup_on_cancel.hpp"
#include "tools/toolstack/disk_backend.hpp"
#include "tools/toolstack/toolstack.hpp"
#include "tools/toolstack/vdev.hpp"

namespace xenolith::tools {

// Writes the device's nodes and connects it. What it leaves after an error or when cancelled is its caller's to remove: the
// record names it.
Task<> Toolstack::add_and_connect(DeviceNodes nodes) {
  failure_point("adding a device");
  const Device device = nodes.device;
  if (!settings_.run_hotplug_scripts && device.backend_domain == settings_.own_domain)
    nodes.backend.emplace_back(hotplug_owner_node, hotplug_by_devd);
  store_.transact([&](StoreTransaction& transaction) { add_device(transaction, nodes); });
  co_await connector_.connect(device);
}

// As add_and_connect(), but nothing is left after an error.
Task<Device> Toolstack::attach_device(DeviceNodes nodes) {
  const Device device = nodes.device;
  if (recorded_device(store_, device.domain, device.kind, device.id))
    fail(EEXIST, "domain {} has the device {} {} already", device.domain, kind_name(device.kind), device.id);
  bool model = device.has_process_backend() && device.backend_domain == settings_.own_domain && settings_.run_hotplug_scripts;
  CleanupOnCancel guard(*this, [this, device] { return disconnect_quietly(device, Removal::forced); });
  std::exception_ptr failure;
  try {
    if (model) co_await models_.start(device.domain, name(device.domain), {});
    co_await add_and_connect(std::move(nodes));
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    co_await disconnect_quietly(device, Removal::forced);
    guard.done();
    std::rethrow_exception(failure);
  }
  guard.done();
  co_return device;
}

Task<Device> Toolstack::attach(DomainId domain, DiskConfig disk) {
  require(domain);
  resolve_backend(disk.backend);
  choose_disk_backend(disk, settings_.own_domain);
  Device device = co_await attach_device(disk_nodes(domain, disk, settings_.scripts));
  change_config(domain, [&](DomainConfig& config) { config.disks.push_back(disk); });
  co_return device;
}

Task<Device> Toolstack::attach(DomainId domain, VifConfig vif) {
  require(domain);
  resolve_backend(vif.backend);
  complete_vif(vif);
  if (!vif.devid) vif.devid = next_device_id(store_, domain, DeviceKind::vif);
  Device device = co_await attach_device(vif_nodes(domain, vif, settings_.scripts));
  change_config(domain, [&](DomainConfig& config) { config.vifs.push_back(vif); });
  co_return device;
}

Task<> Toolstack::detach(Device device, bool force) {
  if (!recorded_device(store_, device.domain, device.kind, device.id))
    fail(ENXIO, "domain {} has no device {} {}", device.domain, kind_name(device.kind), device.id);
  co_await connector_.disconnect(device, force ? Removal::forced : Removal::polite);
  change_config(device.domain, [&](DomainConfig& config) {
    if (device.kind == DeviceKind::vbd)
      std::erase_if(config.disks, [&](const DiskConfig& disk) { return vdev_number(disk.vdev) == device.id; });
    if (device.kind == DeviceKind::vif)
      std::erase_if(config.vifs, [&](const VifConfig& vif) { return vif.devid == device.id; });
  });
}

// Changes the configuration that is kept with the domain, so that a restart has the same devices. A domain without one stays so.
void Toolstack::change_config(DomainId domain, const std::function<void(DomainConfig&)>& change) {
  UserdataLock lock = userdata(domain).lock();
  auto config = load_config(domain);
  if (!config) return;
  change(*config);
  store_userdata(domain, "libxl-json", to_json(*config));
}

}  // namespace xenolith::tools
