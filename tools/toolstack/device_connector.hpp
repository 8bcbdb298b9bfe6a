// SPDX-License-Identifier: MIT
#pragma once

#include "tools/toolstack/device_record.hpp"
#include "tools/toolstack/hotplug.hpp"

namespace xenolith::tools {

// How a device is taken away.
enum class Removal {
  polite,    // the frontend must let go; else Error(ETIMEDOUT), and the device stays
  forced,    // asked once, then removed whatever it says
  orphaned,  // the frontend's domain runs no more: nothing is waited for but the backend
};

// Takes devices, whose nodes are there, through their states: for the toolstack and for devd. Scripts are run when the
// backend is served by this process; otherwise its effect is waited for.
class DeviceConnector {
 public:
  DeviceConnector(EventLoop& loop, XenStore& store, const ToolstackSettings& settings)
      : loop_(loop), store_(store), settings_(settings), scripts_(loop, store, settings) {}

  // Waits until the backend is ready for its frontend, and runs the script. Throws Error: ETIMEDOUT when nothing serves the
  // device, EIO when backend or script failed.
  Task<> connect(Device device);

  // Closes the connection and runs the script; then removes the nodes, unless `device` is served elsewhere: then its server
  // removes the backend's.
  Task<> disconnect(Device device, Removal how);

  // Whether scripts and qemu of this device are this process's to run.
  bool served_here(const Device& device) const;

 private:
  bool is_toolstack() const { return settings_.own_domain == DomainId(0) && !settings_.is_devd; }
  Task<> wait_for_backend(Device device);
  Task<> wait_for_script_elsewhere(Device device);
  bool begin_closing(const Device& device, Removal how);
  Task<bool> wait_until_closed(Device device);
  Task<> end_backend(Device device, Removal how);

  EventLoop& loop_;
  XenStore& store_;
  const ToolstackSettings& settings_;
  HotplugRunner scripts_;
};

}  // namespace xenolith::tools
