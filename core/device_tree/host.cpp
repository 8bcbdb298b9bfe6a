// SPDX-License-Identifier: MIT
#include "core/device_tree/host.hpp"

#include "core/device_tree/host_parser.hpp"

namespace xenolith {

Result<void> describe_host(const DeviceTree& tree, HostDescription& result) {
  result.model = tree.root().property("model").text();
  TRY(describe_memory(tree, result));
  TRY(describe_cpus(tree, result));
  describe_psci(tree, result);
  TRY(describe_gic(tree, result));
  describe_timer(tree, result);
  return describe_chosen(tree, result);
}

}  // namespace xenolith
