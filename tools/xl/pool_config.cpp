// SPDX-License-Identifier: MIT
#include "tools/xl/pool_config.hpp"

#include "tools/base/error.hpp"
#include "tools/config/config_reader.hpp"
#include "tools/config/config_syntax.hpp"

namespace xenolith::tools::xl {
namespace {

std::optional<CpuList> read_list(ConfigReader& reader, std::string_view key, const std::string& prefix) {
  if (!reader.has(key)) return std::nullopt;
  std::string joined;
  reader.each_text(key, [&](const std::string& text) { joined += (joined.empty() ? "" : ",") + prefix + text; }, true);
  std::optional<CpuList> list;
  reader.checked(key, [&] { list = CpuList::parse(joined); });
  return list;
}

}  // namespace

PoolConfig parse_pool_config(std::string_view text, const std::string& file, std::span<const std::string> variables) {
  ConfigReader reader(parse_settings_with(text, file, variables), file.empty() ? "command line" : file);
  PoolConfig config;
  config.name = reader.text("name").value_or(file.substr(file.rfind('/') + 1));
  if (config.name.empty()) fail(EINVAL, "Missing cpupool name!");
  if (std::optional<std::string> name = reader.text("sched"))
    reader.checked("sched", [&] { config.scheduler = parse_scheduler(*name); });
  config.nodes = read_list(reader, "nodes", "node:");
  config.cpus = read_list(reader, "cpus", "");
  for (const ConfigSetting* setting : reader.unused())
    fail(EINVAL, "{}: unknown key {}", reader.place(setting->key), setting->key);
  return config;
}

}  // namespace xenolith::tools::xl
