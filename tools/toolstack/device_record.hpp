// SPDX-License-Identifier: MIT
// Devices in xenstore: adding, finding and removing their directories.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/toolstack/device_nodes.hpp"
#include "tools/xenstore/client.hpp"

namespace xenolith::tools {

// The node of a backend directory that says who runs scripts and qemu, and the value for devd.
constexpr const char* hotplug_owner_node = "hotplug-by";
constexpr const char* hotplug_by_devd = "devd";

// Writes frontend, backend and the toolstack's record. Call it in a transaction. Error(EEXIST) if the domain has the device.
void add_device(StoreView& view, const DeviceNodes& nodes);

// Removes what there is of a device: frontend, backend and record, and directories above that are empty then.
void remove_device(StoreView& view, const Device& device);
// The backend directory alone: all that a driver domain may remove. Directories above stay where they are not ours.
void remove_backend(StoreView& view, const Device& device);

// Removes the node, then its parents as long as they are empty. Parents that may not be removed stay.
void remove_with_empty_parents(StoreView& view, std::string path);

// All devices of a domain by the toolstack's records.
std::vector<Device> recorded_devices(const StoreView& view, DomainId domain);
std::optional<Device> recorded_device(const StoreView& view, DomainId domain, DeviceKind kind, int id);
// One more than the highest id of the kind; at least `first`.
int next_device_id(const StoreView& view, DomainId domain, DeviceKind kind, int first = 0);

// A state node's value; unknown if it is not there or no state.
DeviceState read_state(const StoreView& view, const std::string& directory);

// Whether the guest's half is there; also false where a driver domain may not see it, as when the guest has gone.
bool frontend_exists(const StoreView& view, const Device& device);

// Whether the script of a device, or who else serves it, has done its part.
bool is_plugged(const StoreView& view, const Device& device);

}  // namespace xenolith::tools
