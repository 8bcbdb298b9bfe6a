// SPDX-License-Identifier: MIT
// Toolstack: memory and processors of a running domain.
#include <algorithm>
#include <charconv>

#include "tools/base/error.hpp"
#include "tools/config/domain_config.hpp"
#include "tools/toolstack/domain_nodes.hpp"
#include "tools/toolstack/toolstack.hpp"

namespace xenolith::tools {
namespace {

std::optional<KiB> read_amount(const StoreView& view, const std::string& path) {
  auto text = view.find(path);
  if (!text) return std::nullopt;
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) fail(EINVAL, "{} is no amount of memory: '{}'", path, *text);
  return KiB(value);
}

// dom0 has no such nodes until somebody asks.
void write_missing_amounts(StoreView& view, const std::string& memory, const DomainInfo& info) {
  if (!view.exists(memory + "/target")) view.write(memory + "/target", std::to_string(to_kib(info.total).value()));
  if (!view.exists(memory + "/static-max")) view.write(memory + "/static-max", std::to_string(to_kib(info.max).value()));
}

}  // namespace

KiB Toolstack::memory_target(DomainId domain) {
  if (auto target = read_amount(store_, domain_path(domain) + "/memory/target")) return *target;
  return to_kib(hypervisor_.domains.info(domain).total);
}

void Toolstack::set_memory_target(DomainId domain, KiB target, bool enforce) {
  DomainInfo info = hypervisor_.domains.info(domain);
  std::string memory = domain_path(domain) + "/memory";
  store_.transact([&](StoreTransaction& transaction) {
    if (domain == DomainId(0)) write_missing_amounts(transaction, memory, info);
    auto maximum = read_amount(transaction, memory + "/static-max");
    if (!maximum) fail(EINVAL, "domain {} has no memory/static-max", domain);
    if (target > *maximum) fail(EINVAL, "{} KiB are more than domain {}'s maximum, {} KiB", target, domain, *maximum);
    transaction.write(memory + "/target", std::to_string(target.value()));
    transaction.write("/vm/" + info.handle.text() + "/memory", std::to_string(target.value() / 1024));
    if (enforce) hypervisor_.domains.set_max_memory(domain, pvh_memory_limit(target));
  });
}

void Toolstack::set_memory_maximum(DomainId domain, KiB maximum) {
  require(domain);
  KiB target = memory_target(domain);
  if (maximum < target) fail(EINVAL, "{} KiB are less than domain {}'s target, {} KiB", maximum, domain, target);
  hypervisor_.domains.set_max_memory(domain, pvh_memory_limit(maximum));
  store_.write(domain_path(domain) + "/memory/static-max", std::to_string(maximum.value()));
  change_config(domain, [&](DomainConfig& config) { config.max_memory = maximum; });
}

void Toolstack::set_online_vcpus(DomainId domain, uint32_t count) {
  uint32_t maximum = hypervisor_.domains.info(domain).vcpus;
  if (count == 0) fail(EINVAL, "a domain needs a vCPU");
  if (count > maximum) fail(EINVAL, "domain {} has at most {} vCPUs", domain, maximum);
  store_.transact([&](StoreTransaction& transaction) { write_processor_nodes(transaction, domain, count, maximum); });
}

std::optional<DomainConfig> Toolstack::current_config(DomainId domain) {
  auto config = load_config(domain);
  if (!config) return config;
  std::string root = domain_path(domain);
  std::vector<std::string> paths{root + "/name"};
  for (uint32_t cpu = 0; cpu < config->max_vcpus; ++cpu) paths.push_back(fmt::format("{}/cpu/{}/availability", root, cpu));
  auto values = store_.find_all(paths);
  if (values[0]) config->name = *values[0];
  uint32_t online = static_cast<uint32_t>(std::count(values.begin() + 1, values.end(), "online"));
  if (online > 0) config->vcpus = online;
  if (auto target = read_amount(store_, root + "/memory/target")) config->memory = *target;
  // Written by somebody else's xl; ours keeps it in the configuration.
  config->max_memory = std::max(config->max_memory, config->memory);
  return config;
}

}  // namespace xenolith::tools
