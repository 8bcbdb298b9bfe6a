// SPDX-License-Identifier: MIT
#include "tools/xl/lookup.hpp"

#include <charconv>

#include "tools/base/error.hpp"
#include "tools/config/cpu_list.hpp"
#include "tools/xl/arguments.hpp"

namespace xenolith::tools::xl {

DomainId find_domain(Context& context, const std::string& name_or_id) {
  try {
    return context.toolstack().resolve(name_or_id);
  } catch (const Error& error) {
    if (error.code() != ESRCH) throw;
    fail(ESRCH, "{} is an invalid domain identifier: there is no such domain", name_or_id);
  }
}

std::vector<DomainInfo> chosen_domains(Context& context, const std::vector<std::string>& words) {
  if (words.size() > 1) throw UsageError{"", true};
  if (words.empty()) return context.hypervisor().domains.list();
  return {context.hypervisor().domains.info(find_domain(context, words[0]))};
}

std::string domain_name(Context& context, DomainId domain) {
  std::string name = context.toolstack().name(domain);
  return name.empty() ? "(null)" : name;
}

std::string pool_name(Context& context, PoolId pool) {
  auto name = context.store().find(fmt::format("/local/pool/{}/name", pool));
  if (name && !name->empty()) return *name;
  return fmt::format("Pool-{}", pool);
}

PoolInfo find_pool(Context& context, const std::string& name_or_id) {
  uint32_t id = 0;
  auto [end, error] = std::from_chars(name_or_id.data(), name_or_id.data() + name_or_id.size(), id);
  bool number = error == std::errc() && end == name_or_id.data() + name_or_id.size();
  for (const PoolInfo& pool : context.hypervisor().scheduling.pools())
    if (number ? pool.id.value() == id : pool_name(context, pool.id) == name_or_id) return pool;
  fail(ENOENT, "unknown cpupool '{}'", name_or_id);
}

std::vector<uint32_t> nodes_of_cpus(Context& context) {
  std::vector<uint32_t> nodes;
  for (const CpuTopology& cpu : context.hypervisor().machine.topology()) {
    if (nodes.size() <= cpu.cpu.value()) nodes.resize(cpu.cpu.value() + 1);
    nodes[cpu.cpu.value()] = cpu.node;
  }
  return nodes;
}

CpuSet parse_cpus(Context& context, const std::string& text) {
  CpuSet cpus = in_context("'" + text + "'", [&] { return CpuList::parse(text); }).resolve(nodes_of_cpus(context));
  if (cpus.empty()) fail(EINVAL, "'{}': that is no CPU", text);
  return cpus;
}

std::string cpus_text(const CpuSet& cpus, uint32_t limit) {
  CpuSet there = cpus & CpuSet::first(limit);
  return limit > 0 && there.count() == limit ? "all" : there.text();
}

KiB parse_memory(const std::string& text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  constexpr std::string_view units = "bkmgt";
  size_t power = unit.empty() ? 2 : units.find(static_cast<char>(unit[0] | 0x20));
  constexpr uint64_t most = uint64_t(1) << 44;  // KiB
  if (error != std::errc() || unit.size() > 1 || power == units.npos) fail(EINVAL, "invalid memory size: {}", text);
  uint64_t kib = power == 0 ? value >> 10 : value;
  for (; power > 1; --power) {
    if (kib > most) break;
    kib <<= 10;
  }
  if (kib > most) fail(EINVAL, "memory size is too large: {}", text);
  return KiB(kib);
}

}  // namespace xenolith::tools::xl
