// SPDX-License-Identifier: MIT
// Hotplug scripts of kernel backends: /etc/xen/scripts/block, vif-bridge and those that people write.
#pragma once

#include <optional>
#include <string>

#include "tools/base/child_process.hpp"
#include "tools/toolstack/device.hpp"
#include "tools/toolstack/settings.hpp"
#include "tools/xenstore/client.hpp"

namespace xenolith::tools {

enum class HotplugAction { add, remove };

// How the script of a device is called: arguments "add" and "remove" for disks, "online" and "offline" with type_if=vif for
// networks; variables script, XENBUS_TYPE, XENBUS_PATH, XENBUS_BASE_PATH and, for networks, vif and netdev. None if the
// device has no script.
std::optional<Command> hotplug_command(const StoreView& store, const Device& device, HotplugAction action);

// Runs them.
class HotplugRunner {
 public:
  HotplugRunner(EventLoop& loop, XenStore& store, const ToolstackSettings& settings)
      : loop_(loop), store_(store), settings_(settings) {}

  // Throws Error: EIO with the script's own message (hotplug-error) when it fails, ETIMEDOUT when it hangs and was killed,
  // ENOENT when it is not there.
  Task<> run(Device device, HotplugAction action);

 private:
  EventLoop& loop_;
  XenStore& store_;
  const ToolstackSettings& settings_;
};

}  // namespace xenolith::tools
