// SPDX-License-Identifier: MIT
#include "tools/xl/global_config.hpp"

#include <array>

#include "tools/base/error.hpp"
#include "tools/config/config_reader.hpp"
#include "tools/config/config_syntax.hpp"
#include "tools/xl/files.hpp"

namespace xenolith::tools::xl {
namespace {

constexpr const char* path = "/etc/xen/xl.conf";

// Known to xl, without meaning here: dom0 is never ballooned for a guest, JSON is the only format, locks are the
// toolstack's.
constexpr std::array<std::string_view, 12> without_effect = {
    "autoballoon",  "lockfile",          "output_format",   "blkdev_start",
    "domid_policy", "colo.default.proxyscript", "remus.default.netbufscript", "vif.default.mtu",
    "xenconsoled",  "claim_mode_default", "bootloader_restrict", "defaultbridge"};

void read_limit(ConfigReader& reader, std::string_view key, std::optional<uint32_t>& to) {
  if (auto value = reader.number(key, 0, INT32_MAX)) to = static_cast<uint32_t>(*value);
}

}  // namespace

GlobalConfig parse_global_config(std::string_view text, const std::string& file_name,
                                 std::vector<std::string>& warnings) {
  ConfigReader reader(parse_settings(text, file_name), file_name);
  GlobalConfig config;
  config.vif_script = reader.text("vif.default.script").value_or("");
  config.vif_bridge = reader.text("vif.default.bridge").value_or("");
  config.vif_gateway_device = reader.text("vif.default.gatewaydev").value_or("");
  config.vif_backend = reader.text("vif.default.backend").value_or("");
  config.run_hotplug_scripts = reader.boolean("run_hotplug_scripts").value_or(true);
  config.claim_mode = reader.boolean("claim_mode");
  read_limit(reader, "max_grant_frames", config.max_grant_frames);
  read_limit(reader, "max_maptrack_frames", config.max_maptrack_frames);
  read_limit(reader, "max_grant_version", config.max_grant_version);
  config.cpu_mask = reader.text("vm.cpumask").value_or("");
  config.pv_cpu_mask = reader.text("vm.pv.cpumask").value_or("");
  config.hvm_cpu_mask = reader.text("vm.hvm.cpumask").value_or("");
  for (std::string_view key : without_effect) reader.value(key);
  for (const ConfigSetting* setting : reader.unused()) reader.warn(setting->key, "unknown key");
  for (std::string& warning : reader.take_warnings()) warnings.push_back(std::move(warning));
  return config;
}

GlobalConfig read_global_config() {
  std::vector<std::string> warnings;
  GlobalConfig config;
  try {
    config = parse_global_config(read_file(path), path, warnings);
  } catch (const Error& error) {
    if (error.code() != ENOENT) warnings.push_back(error.what());
  }
  for (const std::string& warning : warnings) fmt::print(stderr, "xl: warning: {}\n", warning);
  return config;
}

}  // namespace xenolith::tools::xl
