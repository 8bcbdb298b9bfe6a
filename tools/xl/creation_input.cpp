// SPDX-License-Identifier: MIT
#include "tools/xl/creation_input.hpp"

#include "tools/base/error.hpp"
#include "tools/xl/device_defaults.hpp"
#include "tools/xl/files.hpp"
#include "tools/xl/lookup.hpp"

namespace xenolith::tools::xl {
namespace {

struct Source {
  std::string file;
  std::vector<std::string> variables;
};

Source find_source(const Arguments& arguments, size_t first) {
  Source source;
  if (auto file = arguments.value('f')) source.file = *file;
  for (size_t i = first; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    // The first word is the file even if its name has a "=".
    if (word.find('=') != word.npos && !(i == first && word.starts_with('/')))
      source.variables.push_back(word);
    else if (source.file.empty())
      source.file = word;
    else
      throw UsageError{"", true};
  }
  if (source.file.empty()) fail(EINVAL, "Config file not specified");
  return source;
}

// Keeps vCPUs on the CPUs that xl.conf gives to guests of this type.
void apply_masks(Context& context, DomainConfig& config, std::span<const uint32_t> node_of) {
  const GlobalConfig& settings = context.settings;
  const std::string& by_type = config.type == DomainType::pv ? settings.pv_cpu_mask : settings.hvm_cpu_mask;
  if (settings.cpu_mask.empty() && by_type.empty()) return;
  CpuSet allowed = parse_cpus(context, settings.cpu_mask.empty() ? "all" : settings.cpu_mask);
  if (!by_type.empty()) allowed = allowed & parse_cpus(context, by_type);
  config.hard_affinity.resize(config.max_vcpus, CpuList::parse("all"));
  for (CpuList& list : config.hard_affinity) {
    CpuSet cpus = list.resolve(node_of) & allowed;
    if (cpus.empty()) fail(EINVAL, "xl.conf allows none of the CPUs in cpus");
    list = CpuList::of(cpus);
  }
}

void place(Context& context, const Arguments& arguments, DomainConfig& config) {
  bool masked = !arguments.has('i') && !(context.settings.cpu_mask.empty() && context.settings.pv_cpu_mask.empty() &&
                                         context.settings.hvm_cpu_mask.empty());
  if (config.hard_affinity.empty() && config.soft_affinity.empty() && !masked) return;
  std::vector<uint32_t> node_of = nodes_of_cpus(context);
  if (masked) apply_masks(context, config, node_of);
  resolve_affinity(config, node_of);
}

}  // namespace

CreationInput read_creation_input(Context& context, const Arguments& arguments, size_t first) {
  Source source = find_source(arguments, first);
  CreationInput input;
  // /dev/null: everything is on the command line.
  if (source.file != "/dev/null")
    input.text = in_context("Failed to read config file", [&] { return read_file(source.file); });
  if (!arguments.has('q')) fmt::print(stderr, "Parsing config from {}\n", source.file);
  ParsedConfig parsed = parse_config(input.text, source.file, source.variables);
  for (const std::string& warning : parsed.warnings) fmt::print(stderr, "xl: warning: {}\n", warning);
  input.config = std::move(parsed.config);
  apply_defaults(input.config, context.settings);
  place(context, arguments, input.config);
  for (const std::string& variable : source.variables) input.text += "\n" + variable;
  return input;
}

}  // namespace xenolith::tools::xl
