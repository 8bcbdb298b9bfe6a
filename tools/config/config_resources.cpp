// SPDX-License-Identifier: MIT
// CPUs, memory, and resources of the host.
#include <algorithm>
#include <charconv>

#include "tools/base/error.hpp"
#include "tools/config/config_groups.hpp"

namespace xenolith::tools {
namespace {

constexpr int64_t most_vcpus = 4096;         // more than any type of guest may have; the hypervisor decides
constexpr int64_t most_mib = int64_t(1) << 34;  // 16 PiB
constexpr KiB default_memory{32 * 1024};     // what xl takes if a file does not say
constexpr uint64_t frames_limit = uint64_t(1) << 52;

template <typename T>
void assign(std::optional<T>& to, std::optional<int64_t> from) {
  if (from) to = static_cast<T>(*from);
}

void read_affinity(ConfigReader& reader, std::string_view key, const DomainConfig& config,
                   std::vector<CpuList>& lists) {
  const ConfigValue* value = reader.value(key);
  if (!value) return;
  reader.each_text(key, [&](const std::string& text) { lists.push_back(CpuList::parse(text)); }, true);
  if (!value->is_list) lists.assign(config.max_vcpus, lists.front());
  if (lists.size() > config.max_vcpus) {
    reader.warn(key, fmt::format("the list has {} entries for {} vCPUs", lists.size(), config.max_vcpus));
    lists.resize(config.max_vcpus);
  }
}

void read_scheduling(ConfigReader& reader, SchedulingConfig& scheduling) {
  assign(scheduling.weight, reader.number("cpu_weight", 1, 65535));
  assign(scheduling.cap, reader.number("cap", 0, 65535, "percent of a CPU"));
  assign(scheduling.period_us, reader.number("period", 0, INT32_MAX, "microseconds"));
  assign(scheduling.budget_us, reader.number("budget", 0, INT32_MAX, "microseconds"));
  scheduling.extra_time = reader.boolean("extratime");
}

// The whole of `text` as hexadecimal digits.
uint64_t hexadecimal(std::string_view text, uint64_t most) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size() || value > most)
    fail(EINVAL, "expected a hexadecimal number of at most {:x}, found {}", most, quoted(text));
  return value;
}

// "2f8-2ff" or "3f8"
IoPortRange parse_io_ports(std::string_view text) {
  size_t dash = text.find('-');
  uint64_t first = hexadecimal(text.substr(0, dash), 0xffff);
  uint64_t last = dash == text.npos ? first : hexadecimal(text.substr(dash + 1), 0xffff);
  if (last < first) fail(EINVAL, "the range runs backwards");
  return {static_cast<uint32_t>(first), static_cast<uint32_t>(last - first + 1)};
}

// "START,COUNT[@GFN]": frames, hexadecimal
IoMemoryRange parse_io_memory(std::string_view text) {
  size_t comma = text.find(','), at = std::min(text.find('@'), text.size());
  if (comma == text.npos || comma > at) fail(EINVAL, "expected FRAME,COUNT[@GUEST_FRAME]");
  IoMemoryRange range;
  range.first_frame = hexadecimal(text.substr(0, comma), frames_limit);
  range.count = hexadecimal(text.substr(comma + 1, at - comma - 1), frames_limit - range.first_frame);
  if (range.count == 0) fail(EINVAL, "the range is empty");
  if (at < text.size()) range.guest_frame = hexadecimal(text.substr(at + 1), frames_limit);
  return range;
}

}  // namespace

void read_vcpus(ConfigReader& reader, DomainConfig& config) {
  std::optional<int64_t> vcpus = reader.number("vcpus", 1, most_vcpus);
  std::optional<int64_t> max_vcpus = reader.number("maxvcpus", 1, most_vcpus);
  config.vcpus = static_cast<uint32_t>(vcpus.value_or(1));
  config.max_vcpus = static_cast<uint32_t>(max_vcpus.value_or(config.vcpus));
  if (config.max_vcpus < config.vcpus)
    reader.reject("maxvcpus", fmt::format("at least vcpus, which is {}", config.vcpus));
  read_affinity(reader, "cpus", config, config.hard_affinity);
  read_affinity(reader, "cpus_soft", config, config.soft_affinity);
  read_scheduling(reader, config.scheduling);
}

void read_memory(ConfigReader& reader, DomainConfig& config) {
  constexpr std::string_view mib = "a number of MiB";
  auto kib = [](int64_t mebibytes) { return KiB(static_cast<uint64_t>(mebibytes) * 1024); };
  std::optional<int64_t> memory = reader.number("memory", 1, most_mib, mib);
  std::optional<int64_t> max_memory = reader.number("maxmem", 1, most_mib, mib);
  config.max_memory = max_memory ? kib(*max_memory) : memory ? kib(*memory) : default_memory;
  config.memory = memory ? kib(*memory) : config.max_memory;
  if (config.max_memory < config.memory) reader.reject("maxmem", fmt::format("at least memory, which is {}", *memory));
  if (std::optional<int64_t> shadow = reader.number("shadow_memory", 0, most_mib, mib))
    config.shadow_memory = kib(*shadow);
  if (std::optional<int64_t> video = reader.number("videoram", 0, 4096, mib)) config.video_memory = kib(*video);
}

void read_host_resources(ConfigReader& reader, DomainConfig& config) {
  reader.each_text("ioports", [&](const std::string& text) { config.io_ports.push_back(parse_io_ports(text)); });
  reader.each_text("iomem", [&](const std::string& text) { config.io_memory.push_back(parse_io_memory(text)); });
  reader.each_text("irqs", [&](const std::string& text) {
    std::optional<int64_t> irq = parse_number(text);
    if (!irq || *irq < 0 || *irq > INT32_MAX) fail(EINVAL, "expected the number of an interrupt");
    config.irqs.push_back(static_cast<uint32_t>(*irq));
  });
  assign(config.max_grant_frames, reader.number("max_grant_frames", 0, INT32_MAX));
  assign(config.max_maptrack_frames, reader.number("max_maptrack_frames", 0, INT32_MAX));
  assign(config.max_grant_version, reader.number("max_grant_version", 0, 2));
  assign(config.max_event_channels, reader.number("max_event_channels", 0, INT32_MAX));
}

}  // namespace xenolith::tools
