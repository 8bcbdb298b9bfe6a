// SPDX-License-Identifier: MIT
#include "tools/config/domain_json.hpp"

#include <array>

#include "tools/base/error.hpp"
#include "tools/config/device_json.hpp"
#include "tools/config/json_fields.hpp"

namespace xenolith::tools {
namespace {

using Json = JsonFields::Json;

constexpr size_t most_text = 4 << 20;
constexpr int deepest = 64;
constexpr int64_t most_kib = int64_t(1) << 44;
constexpr std::array<std::string_view, 3> types = {"pv", "hvm", "pvh"};
constexpr std::array<std::string_view, 7> actions = {
    "destroy", "restart", "restart_rename", "preserve", "coredump_destroy", "coredump_restart", "soft_reset"};
constexpr std::array<std::string_view, 4> tsc_modes = {"default", "always_emulate", "native", "native_paravirt"};
constexpr std::array<std::string_view, 5> passthroughs = {"default", "disabled", "enabled", "sync_pt", "share_pt"};
constexpr std::array<std::string_view, 2> serial_lines = {"unknown", "sbsa_uart"};

// --- writing

template <typename E, size_t n>
void put_choice(Json& object, const char* key, E value, const std::array<std::string_view, n>& names) {
  if (value != E{}) object[key] = names[static_cast<size_t>(value)];
}

void put_flag(Json& object, const char* key, std::optional<bool> value) {
  if (value) object[key] = *value ? "True" : "False";
}

void put_text(Json& object, const char* key, const std::string& value) {
  if (!value.empty()) object[key] = value;
}

template <typename T>
void put_number(Json& object, const char* key, const std::optional<T>& value) {
  if (value) object[key] = *value;
}

Json bits(const CpuSet& set) {
  Json result = Json::array();
  for (CpuId bit : set.members()) result.push_back(bit.value());
  return result;
}

void put_affinity(Json& object, const char* key, const std::vector<CpuList>& lists) {
  // Lists that need the machine stand for no restriction that could be written down here: resolve_affinity() comes
  // first.
  for (const CpuList& list : lists) object[key].push_back(list.is_plain() ? bits(list.resolve({})) : Json::array());
}

void put_map(Json& object, const char* key, const std::map<std::string, std::string>& map) {
  for (const auto& [name, value] : map) object[key][name] = value;
}

void put_create_info(Json& info, const DomainConfig& config) {
  info["type"] = types[static_cast<size_t>(config.type)];
  put_flag(info, "hap", config.hap);
  put_text(info, "name", config.name);
  if (config.uuid) info["uuid"] = config.uuid->text();
  put_map(info, "xsdata", config.xenstore_data);
  put_map(info, "platformdata", config.platform_data);
  put_text(info, "pool_name", config.pool);
  info["run_hotplug_scripts"] = "True";
  if (config.driver_domain) put_flag(info, "driver_domain", true);
  put_choice(info, "passthrough", config.passthrough, passthroughs);
}

void put_scheduling(Json& info, const SchedulingConfig& scheduling) {
  Json share = Json::object();
  put_number(share, "weight", scheduling.weight);
  put_number(share, "cap", scheduling.cap);
  put_number(share, "period", scheduling.period_us);
  put_number(share, "budget", scheduling.budget_us);
  if (scheduling.extra_time) share["extratime"] = *scheduling.extra_time ? 1 : 0;
  if (!share.empty()) info["sched_params"].update(share);
}

void put_vcpus_and_memory(Json& info, const DomainConfig& config) {
  info["max_vcpus"] = config.max_vcpus;
  info["avail_vcpus"] = bits(CpuSet::first(config.vcpus));
  put_affinity(info, "vcpu_hard_affinity", config.hard_affinity);
  put_affinity(info, "vcpu_soft_affinity", config.soft_affinity);
  put_flag(info, "numa_placement", config.numa_placement);
  put_choice(info, "tsc_mode", config.tsc_mode, tsc_modes);
  info["max_memkb"] = config.max_memory.value();
  info["target_memkb"] = config.memory.value();
  if (config.video_memory) info["video_memkb"] = config.video_memory->value();
  if (config.shadow_memory) info["shadow_memkb"] = config.shadow_memory->value();
}

void put_host_resources(Json& info, const DomainConfig& config) {
  for (const IoPortRange& range : config.io_ports)
    info["ioports"].push_back({{"first", range.first}, {"number", range.count}});
  for (uint32_t irq : config.irqs) info["irqs"].push_back(irq);
  for (const IoMemoryRange& range : config.io_memory) {
    Json entry = {{"start", range.first_frame}, {"number", range.count}};
    put_number(entry, "gfn", range.guest_frame);
    info["iomem"].push_back(entry);
  }
}

void put_build_info(Json& info, const DomainConfig& config) {
  put_vcpus_and_memory(info, config);
  if (config.time_offset_s) info["rtc_timeoffset"] = static_cast<uint32_t>(config.time_offset_s);
  if (config.local_time) put_flag(info, "localtime", true);
  if (config.disable_migrate) put_flag(info, "disable_migrate", true);
  put_number(info, "max_grant_frames", config.max_grant_frames);
  put_number(info, "max_maptrack_frames", config.max_maptrack_frames);
  put_number(info, "max_grant_version", config.max_grant_version);
  put_scheduling(info, config.scheduling);
  put_host_resources(info, config);
  put_flag(info, "claim_mode", config.claim);
  put_number(info, "event_channels", config.max_event_channels);
  put_text(info, "kernel", config.kernel);
  put_text(info, "cmdline", config.command_line);
  put_text(info, "ramdisk", config.ramdisk);
  put_text(info, "device_tree", config.device_tree);
  put_flag(info, "acpi", config.acpi);
  put_text(info, "bootloader", config.bootloader);
  if (!config.bootloader_args.empty()) info["bootloader_args"] = config.bootloader_args;
  put_flag(info, "nested_hvm", config.nested_hvm);
  put_flag(info, "apic", config.apic);
  Json& by_type = info[fmt::format("type.{}", types[static_cast<size_t>(config.type)])];
  if (by_type.is_null()) by_type = Json::object();
  if (!config.firmware.empty()) by_type["bios"] = config.firmware;
  if (!config.serial.empty()) by_type["serial_list"] = config.serial;
  if (config.serial_line) info["arch_arm"]["vuart"] = serial_lines[1];
  if (config.relaxed_msrs) put_flag(info["arch_x86"], "msr_relaxed", config.relaxed_msrs);
}

// --- reading

template <typename E, size_t n>
E get_choice(JsonFields& fields, const char* key, const std::array<std::string_view, n>& names) {
  return static_cast<E>(fields.choice(key, names).value_or(0));
}

template <typename T>
std::optional<T> get_number(JsonFields& fields, const char* key, int64_t most) {
  std::optional<int64_t> value = fields.integer(key, 0, most);
  return value ? std::optional<T>(static_cast<T>(*value)) : std::nullopt;
}

std::optional<KiB> get_kib(JsonFields& fields, const char* key) {
  std::optional<int64_t> value = fields.integer(key, 0, most_kib);
  return value ? std::optional(KiB(static_cast<uint64_t>(*value))) : std::nullopt;
}

std::vector<CpuList> get_affinity(JsonFields& fields, const char* key) {
  std::vector<CpuList> lists;
  for (const CpuSet& set : fields.bitmaps(key)) lists.push_back(set.empty() ? CpuList::parse("all") : CpuList::of(set));
  return lists;
}

void get_create_info(JsonFields& info, DomainConfig& config) {
  std::optional<size_t> type = info.choice("type", types);
  if (!type) fail(EINVAL, "c_info.type is missing");
  config.type = static_cast<DomainType>(*type);
  config.hap = info.flag("hap");
  config.name = info.text("name").value_or("");
  if (std::optional<std::string> uuid = info.text("uuid")) config.uuid = Uuid::parse(*uuid);
  config.xenstore_data = info.text_map("xsdata");
  config.platform_data = info.text_map("platformdata");
  config.pool = info.text("pool_name").value_or("");
  info.flag("run_hotplug_scripts");
  config.driver_domain = info.flag("driver_domain").value_or(false);
  config.passthrough = get_choice<Passthrough>(info, "passthrough", passthroughs);
}

SchedulingConfig get_scheduling(JsonFields& info) {
  JsonFields share = info.object("sched_params");
  SchedulingConfig scheduling;
  scheduling.weight = get_number<uint32_t>(share, "weight", 65535);
  scheduling.cap = get_number<uint32_t>(share, "cap", 65535);
  scheduling.period_us = get_number<uint32_t>(share, "period", INT32_MAX);
  scheduling.budget_us = get_number<uint32_t>(share, "budget", INT32_MAX);
  scheduling.extra_time = share.flag("extratime");
  info.keep("sched_params", std::move(share));
  return scheduling;
}

void get_vcpus_and_memory(JsonFields& info, DomainConfig& config) {
  config.max_vcpus = get_number<uint32_t>(info, "max_vcpus", 4096).value_or(1);
  config.vcpus = std::max(info.bitmap("avail_vcpus").count(), 1u);
  config.max_vcpus = std::max(config.max_vcpus, config.vcpus);
  config.hard_affinity = get_affinity(info, "vcpu_hard_affinity");
  config.soft_affinity = get_affinity(info, "vcpu_soft_affinity");
  config.numa_placement = info.flag("numa_placement");
  config.tsc_mode = get_choice<TscMode>(info, "tsc_mode", tsc_modes);
  config.max_memory = get_kib(info, "max_memkb").value_or(KiB(0));
  config.memory = get_kib(info, "target_memkb").value_or(config.max_memory);
  config.max_memory = std::max(config.max_memory, config.memory);
  config.video_memory = get_kib(info, "video_memkb");
  config.shadow_memory = get_kib(info, "shadow_memkb");
}

void get_host_resources(JsonFields& info, DomainConfig& config) {
  for (JsonFields& entry : info.objects("ioports"))
    config.io_ports.push_back({get_number<uint32_t>(entry, "first", 0xffff).value_or(0),
                               get_number<uint32_t>(entry, "number", 0x10000).value_or(0)});
  for (int64_t irq : info.integers("irqs", 0, INT32_MAX)) config.irqs.push_back(static_cast<uint32_t>(irq));
  constexpr int64_t frames = int64_t(1) << 52;
  for (JsonFields& entry : info.objects("iomem"))
    config.io_memory.push_back({get_number<uint64_t>(entry, "start", frames).value_or(0),
                                get_number<uint64_t>(entry, "number", frames).value_or(0),
                                get_number<uint64_t>(entry, "gfn", frames)});
}

void get_by_type(JsonFields& info, DomainConfig& config) {
  std::string key = fmt::format("type.{}", types[static_cast<size_t>(config.type)]);
  JsonFields by_type = info.object(key);
  config.firmware = by_type.text("bios").value_or("");
  config.serial = by_type.texts("serial_list");
  info.keep(key, std::move(by_type));
}

void get_build_info(JsonFields& info, DomainConfig& config) {
  get_vcpus_and_memory(info, config);
  config.time_offset_s = static_cast<int32_t>(get_number<uint32_t>(info, "rtc_timeoffset", UINT32_MAX).value_or(0));
  config.local_time = info.flag("localtime").value_or(false);
  config.disable_migrate = info.flag("disable_migrate").value_or(false);
  config.max_grant_frames = get_number<uint32_t>(info, "max_grant_frames", UINT32_MAX);
  config.max_maptrack_frames = get_number<uint32_t>(info, "max_maptrack_frames", UINT32_MAX);
  config.max_grant_version = get_number<uint32_t>(info, "max_grant_version", 2);
  config.scheduling = get_scheduling(info);
  get_host_resources(info, config);
  config.claim = info.flag("claim_mode");
  config.max_event_channels = get_number<uint32_t>(info, "event_channels", UINT32_MAX);
  config.kernel = info.text("kernel").value_or("");
  config.command_line = info.text("cmdline").value_or("");
  config.ramdisk = info.text("ramdisk").value_or("");
  config.device_tree = info.text("device_tree").value_or("");
  config.acpi = info.flag("acpi");
  config.bootloader = info.text("bootloader").value_or("");
  config.bootloader_args = info.texts("bootloader_args");
  config.nested_hvm = info.flag("nested_hvm");
  config.apic = info.flag("apic");
  get_by_type(info, config);
  JsonFields x86 = info.object("arch_x86");
  config.relaxed_msrs = x86.flag("msr_relaxed");
  info.keep("arch_x86", std::move(x86));
  JsonFields arm = info.object("arch_arm");
  config.serial_line = arm.choice("vuart", serial_lines) == size_t(1);
  info.keep("arch_arm", std::move(arm));
}

Json parse(std::string_view text) {
  if (text.size() > most_text) fail(EINVAL, "the configuration has {} bytes, more than {}", text.size(), most_text);
  auto shallow = [](int depth, Json::parse_event_t, Json&) {
    if (depth > deepest) fail(EINVAL, "the configuration is nested too deeply");
    return true;
  };
  try {
    return Json::parse(text, shallow);
  } catch (const Json::exception& error) {
    fail(EINVAL, "no JSON: {}", error.what());
  }
}

}  // namespace

std::string to_json(const DomainConfig& config, int indent) {
  Json json = config.other_json.empty() ? Json::object() : Json::parse(config.other_json);
  put_create_info(json["c_info"], config);
  put_build_info(json["b_info"], config);
  for (const DiskConfig& disk : config.disks) json["disks"].push_back(disk_to_json(disk));
  for (const VifConfig& vif : config.vifs) json["nics"].push_back(vif_to_json(vif));
  for (const ChannelConfig& channel : config.channels) json["channels"].push_back(channel_to_json(channel));
  put_choice(json, "on_poweroff", config.on_poweroff, actions);
  put_choice(json, "on_reboot", config.on_reboot, actions);
  put_choice(json, "on_watchdog", config.on_watchdog, actions);
  put_choice(json, "on_crash", config.on_crash, actions);
  put_choice(json, "on_soft_reset", config.on_soft_reset, actions);
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

DomainConfig config_from_json(std::string_view text) {
  JsonFields fields(parse(text), "");
  DomainConfig config;
  JsonFields create = fields.object("c_info"), build = fields.object("b_info");
  get_create_info(create, config);
  get_build_info(build, config);
  for (JsonFields& disk : fields.objects("disks")) config.disks.push_back(disk_from_json(disk));
  for (JsonFields& vif : fields.objects("nics")) config.vifs.push_back(vif_from_json(vif));
  for (JsonFields& channel : fields.objects("channels")) config.channels.push_back(channel_from_json(channel));
  config.on_poweroff = get_choice<ShutdownAction>(fields, "on_poweroff", actions);
  config.on_reboot = get_choice<ShutdownAction>(fields, "on_reboot", actions);
  config.on_watchdog = get_choice<ShutdownAction>(fields, "on_watchdog", actions);
  config.on_crash = get_choice<ShutdownAction>(fields, "on_crash", actions);
  config.on_soft_reset = get_choice<ShutdownAction>(fields, "on_soft_reset", actions);
  fields.keep("c_info", std::move(create));
  fields.keep("b_info", std::move(build));
  if (!fields.rest().empty()) config.other_json = fields.rest().dump(-1, ' ', false, Json::error_handler_t::replace);
  return config;
}

}  // namespace xenolith::tools
