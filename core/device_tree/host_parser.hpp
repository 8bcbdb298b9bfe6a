// SPDX-License-Identifier: MIT
// The parts of describe_host(), a file each. Private to core/device_tree.
#pragma once

#include "core/base/log.hpp"
#include "core/device_tree/host.hpp"

namespace xenolith {

Result<void> describe_memory(const DeviceTree& tree, HostDescription& result);
Result<void> describe_cpus(const DeviceTree& tree, HostDescription& result);
void describe_psci(const DeviceTree& tree, HostDescription& result);
Result<void> describe_gic(const DeviceTree& tree, HostDescription& result);
void describe_timer(const DeviceTree& tree, HostDescription& result);
Result<void> describe_chosen(const DeviceTree& tree, HostDescription& result);

// Says in the log that something about the node is wrong.
inline void warn_about(DeviceTreeNode node, std::string_view what, Error error) {
  std::array<char, 128> path;
  log_warning("device tree: {}: {} (error {})", node.path(path), what, error);
}
// And fails.
inline Failure complain_about(DeviceTreeNode node, std::string_view what, Error error) {
  std::array<char, 128> path;
  log_error("device tree: {}: {} (error {})", node.path(path), what, error);
  return Failure{error};
}

// Calls `function(DeviceTreeNode)` for each child.
template <class Function>
void for_each_child(DeviceTreeNode node, Function function) {
  for (DeviceTreeNode at = node.first_child(); at; at = at.next_sibling()) function(at);
}

}  // namespace xenolith
