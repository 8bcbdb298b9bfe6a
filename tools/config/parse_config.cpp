// SPDX-License-Identifier: MIT
#include <algorithm>

#include "tools/base/error.hpp"
#include "tools/config/config_groups.hpp"
#include "tools/config/config_keys.hpp"
#include "tools/config/config_syntax.hpp"
#include "tools/config/domain_config.hpp"
#include "tools/config/spec_fields.hpp"

namespace xenolith::tools {
namespace {

bool says_nothing(const ConfigValue& value) {
  return value.is_list ? value.items.empty() : value.text.empty() || parse_number(value.text) == 0;
}

void check_unused(ConfigReader& reader, DomainType type) {
  for (const ConfigSetting* setting : reader.unused()) {
    switch (key_status(setting->key)) {
      case KeyStatus::unknown: reader.warn(setting->key, "unknown key"); break;
      case KeyStatus::ignored: reader.warn(setting->key, "has no effect"); break;
      case KeyStatus::hvm_only:
        if (type == DomainType::hvm) reader.warn(setting->key, "not supported yet, ignored");
        break;
      case KeyStatus::pv_only:
        if (type == DomainType::pv) reader.warn(setting->key, "not supported yet, ignored");
        break;
      case KeyStatus::unsupported:
        if (!says_nothing(setting->value)) reader.reject(setting->key, "nothing: this is not supported yet");
    }
  }
}

void check_boot(const ConfigReader& reader, const DomainConfig& config) {
  if (config.type == DomainType::pvh && !config.firmware.empty())
    reader.reject("firmware", "nothing: there is no firmware for PVH guests; use kernel or bootloader");
  if (config.type == DomainType::hvm || !config.kernel.empty() || !config.bootloader.empty() ||
      !config.firmware.empty())
    return;
  fail(EINVAL, "{}: kernel is missing: a {} guest needs one (or a bootloader)", reader.file(), type_name(config.type));
}

}  // namespace

ParsedConfig parse_config(std::string_view text, const std::string& file_name, std::span<const std::string> overrides) {
  ConfigReader reader(parse_settings_with(text, file_name, overrides), file_name);
  ParsedConfig parsed;
  DomainConfig& config = parsed.config;
  read_identity(reader, config);
  read_boot(reader, config);
  read_vcpus(reader, config);
  read_memory(reader, config);
  read_events(reader, config);
  read_devices(reader, config);
  read_properties(reader, config);
  read_host_resources(reader, config);
  check_unused(reader, config.type);
  check_boot(reader, config);
  parsed.warnings = reader.take_warnings();
  return parsed;
}

void resolve_affinity(DomainConfig& config, std::span<const uint32_t> node_of) {
  auto resolve = [&](std::vector<CpuList>& lists, const char* key) {
    for (size_t vcpu = 0; vcpu < lists.size(); ++vcpu) {
      CpuSet cpus = lists[vcpu].resolve(node_of);
      if (cpus.empty()) fail(EINVAL, "{}: there is no CPU for vCPU {}", key, vcpu);
      lists[vcpu] = CpuList::of(cpus);
    }
  };
  resolve(config.hard_affinity, "cpus");
  resolve(config.soft_affinity, "cpus_soft");
}

}  // namespace xenolith::tools
