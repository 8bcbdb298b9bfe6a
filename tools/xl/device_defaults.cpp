// SPDX-License-Identifier: MIT
#include "tools/xl/device_defaults.hpp"

namespace xenolith::tools::xl {

void apply_vif_defaults(VifConfig& vif, const GlobalConfig& settings) {
  auto fill = [](std::string& field, const std::string& value) {
    if (field.empty()) field = value;
  };
  fill(vif.script, settings.vif_script);
  fill(vif.bridge, settings.vif_bridge);
  fill(vif.gateway_device, settings.vif_gateway_device);
  if (vif.backend == BackendDomain{}) vif.backend.name = settings.vif_backend;
}

void apply_defaults(DomainConfig& config, const GlobalConfig& settings) {
  for (VifConfig& vif : config.vifs) apply_vif_defaults(vif, settings);
  auto fill = [](auto& field, const auto& value) {
    if (!field) field = value;
  };
  fill(config.claim, settings.claim_mode);
  fill(config.max_grant_frames, settings.max_grant_frames);
  fill(config.max_maptrack_frames, settings.max_maptrack_frames);
  fill(config.max_grant_version, settings.max_grant_version);
}

}  // namespace xenolith::tools::xl
