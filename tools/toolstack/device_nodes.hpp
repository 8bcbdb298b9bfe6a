// SPDX-License-Identifier: MIT
// The nodes of devices in xenstore, as libxl 4.17 writes them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/config/device_config.hpp"
#include "tools/toolstack/device.hpp"

namespace xenolith::tools {

// Names relative to a directory, with their values, in the order of writing.
using Nodes = std::vector<std::pair<std::string, std::string>>;

// XenbusState, of <xen/io/xenbus.h>.
enum class DeviceState {
  unknown = 0, initialising = 1, init_wait = 2, initialised = 3, connected = 4, closing = 5, closed = 6
};
std::string state_text(DeviceState state);

struct DeviceNodes {
  Device device;
  Nodes backend;
  Nodes frontend;            // the guest may write them
  Nodes read_only_frontend;  // it may not
};

// The disk's backend must have been chosen and its domain resolved (disk_backend.hpp).
//   scripts: the folder of scripts whose name has no slash.
DeviceNodes disk_nodes(DomainId domain, const DiskConfig& disk, const std::string& scripts);

// Fills in what a network device needs and its configuration leaves open: address, bridge, script, type.
void complete_vif(VifConfig& vif);
// vif: complete, with devid and backend's domain.
DeviceNodes vif_nodes(DomainId domain, const VifConfig& vif, const std::string& scripts);

// A console that xenconsoled serves.
struct ConsoleRing {
  DomainId backend_domain;  // xenconsoled's
  Gfn frame;
  Port port;
};
// The primary console; the serial line of an Arm guest.
DeviceNodes console_nodes(DomainId domain, const ConsoleRing& ring);
DeviceNodes serial_line_nodes(DomainId domain, const ConsoleRing& ring);

// channel: with devid (from 1) and backend's domain. Throws Error(EINVAL) without name, connection or path.
DeviceNodes channel_nodes(DomainId domain, const ChannelConfig& channel);

// A script's path: as given if it is a path, else in the folder.
std::string script_path(const std::string& script, const std::string& folder);

}  // namespace xenolith::tools
