// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "tools/base/child_process.hpp"
#include "tools/config/device_config.hpp"
#include "tools/toolstack/settings.hpp"
#include "tools/xenstore/client.hpp"

namespace xenolith::tools {

// The qemu that serves one guest's qdisks and channels from this domain. It outlives this process: what runs is known by
// the pid in xenstore, and believed only if that process is a qemu for that guest.
class DeviceModels {
 public:
  DeviceModels(EventLoop& loop, XenStore& store, const ToolstackSettings& settings)
      : loop_(loop), store_(store), settings_(settings) {}

  // Starts it and waits until it is ready; nothing happens if it runs already. Throws Error: EIO with the end of its log when
  // it ends instead, ETIMEDOUT.
  //   channels: those whose connection is a socket get one.
  Task<> start(DomainId guest, std::string guest_name, std::vector<ChannelConfig> channels);
  // Ends it, and removes its nodes. Nothing happens if there is none.
  Task<> stop(DomainId guest);
  // Ends when the process has ended; at once if there is none.
  Task<> wait_for_end(DomainId guest);
  // Its process id; 0 if there is none.
  pid_t running(DomainId guest) const;

 private:
  std::string pid_path(DomainId guest) const;
  std::string state_path(DomainId guest) const;
  Command command(DomainId guest, const std::string& name, const std::vector<ChannelConfig>& channels) const;
  Task<> wait_until_ready(DomainId guest, pid_t pid, std::string log);

  EventLoop& loop_;
  XenStore& store_;
  const ToolstackSettings& settings_;
};

}  // namespace xenolith::tools
