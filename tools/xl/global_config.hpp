// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xenolith::tools::xl {

// xl.conf(5): defaults for all domains.
struct GlobalConfig {
  std::string vif_script, vif_bridge, vif_gateway_device, vif_backend;
  bool run_hotplug_scripts = true;
  std::optional<bool> claim_mode;
  std::optional<uint32_t> max_grant_frames, max_maptrack_frames, max_grant_version;
  std::string cpu_mask, pv_cpu_mask, hvm_cpu_mask;  // vm.cpumask and the like; empty: all
};

// Reads the text of an xl.conf. Adds messages about what it does not understand.
GlobalConfig parse_global_config(std::string_view text, const std::string& file_name,
                                 std::vector<std::string>& warnings);

// Reads /etc/xen/xl.conf; defaults if it is not there. Warns on stderr.
GlobalConfig read_global_config();

}  // namespace xenolith::tools::xl
