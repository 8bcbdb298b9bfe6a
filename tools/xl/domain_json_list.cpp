// SPDX-License-Identifier: MIT
#include "tools/xl/domain_json_list.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/base/error.hpp"
#include "tools/config/domain_json.hpp"
#include "tools/xl/lookup.hpp"

namespace xenolith::tools::xl {
namespace {

// What can be told of a domain that has no stored configuration, such as dom0.
DomainConfig config_from_info(const DomainInfo& info) {
  DomainConfig config;
  config.type = info.hvm ? DomainType::pvh : DomainType::pv;
  config.max_memory = to_kib(info.max);
  config.memory = to_kib(info.total);
  config.max_vcpus = std::max(info.vcpus, 1u);
  config.on_reboot = config.on_soft_reset = ShutdownAction::destroy;
  return config;
}

std::optional<KiB> balloon_target(Context& context, DomainId domain) {
  auto text = context.store().find(fmt::format("/local/domain/{}/memory/target", domain));
  if (!text) return std::nullopt;
  uint64_t kib = std::strtoull(text->c_str(), nullptr, 10);
  return kib ? std::optional(KiB(kib)) : std::nullopt;
}

DomainConfig current_config(Context& context, const DomainInfo& info) {
  DomainConfig config = context.toolstack().current_config(info.id).value_or(config_from_info(info));
  // dom0's stored configuration says little.
  config.max_vcpus = std::max(config.max_vcpus, info.vcpus);
  if (config.max_memory == KiB(0)) config.max_memory = to_kib(info.max);
  config.name = context.toolstack().name(info.id);
  config.uuid = info.handle;
  config.vcpus = std::clamp(info.online_vcpus, 1u, config.max_vcpus);
  if (auto target = balloon_target(context, info.id)) config.memory = *target;
  return config;
}

}  // namespace

std::string domains_as_json(Context& context, const std::vector<DomainInfo>& domains) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const DomainInfo& info : domains) {
    Json entry = {{"domid", info.id.value()}};
    entry["config"] = Json::parse(to_json(current_config(context, info)));
    list.push_back(std::move(entry));
  }
  return list.dump(4, ' ', false, Json::error_handler_t::replace);
}

}  // namespace xenolith::tools::xl
