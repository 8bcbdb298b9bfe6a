// SPDX-License-Identifier: MIT
// Identity, boot, events, devices and properties of the domain itself.
#include <algorithm>
#include <array>
#include <set>

#include <tools_arch/defaults.hpp>

#include "tools/base/error.hpp"
#include "tools/config/config_groups.hpp"
#include "tools/config/device_spec.hpp"

namespace xenolith::tools {
namespace {

constexpr std::array<std::string_view, 3> types = {"pv", "hvm", "pvh"};
constexpr std::array<std::string_view, 7> actions = {
    "destroy", "restart", "rename-restart", "preserve", "coredump-destroy", "coredump-restart", "soft-reset"};
constexpr std::array<std::string_view, 4> tsc_modes = {"default", "always_emulate", "native", "native_paravirt"};
constexpr std::array<std::string_view, 5> passthroughs = {"default", "disabled", "enabled", "sync_pt", "share_pt"};

constexpr std::array<std::string_view, 2> serial_lines = {"unknown", "sbsa_uart"};

template <typename E>
void read_choice(ConfigReader& reader, std::string_view key, std::span<const std::string_view> names, E& to) {
  if (std::optional<size_t> index = reader.choice(key, names)) to = static_cast<E>(*index);
}

void read_text(ConfigReader& reader, std::string_view key, std::string& to) {
  if (std::optional<std::string> text = reader.text(key)) to = std::move(*text);
}

void read_flag(ConfigReader& reader, std::string_view key, bool& to) {
  if (std::optional<bool> flag = reader.boolean(key)) to = *flag;
}

// type, builder (before 4.10) and pvh=1 (4.4)
void read_type(ConfigReader& reader, DomainConfig& config) {
  constexpr std::array<std::string_view, 3> builders = {"generic", "hvm", "linux"};
  std::optional<size_t> type = reader.choice("type", types);
  std::optional<size_t> builder = reader.choice("builder", builders);
  bool pvh = reader.boolean("pvh").value_or(false);
  DomainType old_style = pvh ? DomainType::pvh : builder == size_t(1) ? DomainType::hvm : DomainType::pv;
  if (pvh && builder == size_t(1)) reader.reject("pvh", "0 beside builder = \"hvm\"");
  config.type = type ? static_cast<DomainType>(*type) : old_style;
  if (type && pvh && config.type != DomainType::pvh) reader.reject("type", "\"pvh\" beside pvh = 1");
  bool same = !builder || (config.type == DomainType::hvm) == (*builder == 1) || config.type == DomainType::pvh;
  if (type && !same) reader.reject("builder", fmt::format("what fits type = \"{}\"", type_name(config.type)));
}

// As libxl: no slash, and not what would be read as an id.
void check_name(ConfigReader& reader, const std::string& name) {
  bool number = !name.empty() && name.find_first_not_of("0123456789") == name.npos;
  bool printable = std::ranges::all_of(name, [](unsigned char c) { return c > 0x20 && c != 0x7f; });
  if (name.empty() || number || !printable || name.size() > 255 || name.find('/') != name.npos)
    reader.reject("name", "a name: no number, no blanks, no slash");
}

void read_command_line(ConfigReader& reader, DomainConfig& config) {
  std::optional<std::string> whole = reader.text("cmdline"), root = reader.text("root"), extra = reader.text("extra");
  if (whole && (root || extra)) reader.warn("cmdline", "root and extra are ignored beside it");
  if (whole)
    config.command_line = *whole;
  else if (root)
    config.command_line = fmt::format("root={}{}{}", *root, extra ? " " : "", extra.value_or(""));
  else
    config.command_line = extra.value_or("");
}

void read_bootloader_args(ConfigReader& reader, DomainConfig& config) {
  const ConfigValue* value = reader.value("bootloader_args");
  if (!value) return;
  if (value->is_list) {
    config.bootloader_args = *reader.texts("bootloader_args");
    return;
  }
  for (size_t at = 0; (at = value->text.find_first_not_of(" \t\n", at)) != std::string::npos;) {
    size_t end = std::min(value->text.find_first_of(" \t\n", at), value->text.size());
    config.bootloader_args.push_back(value->text.substr(at, end - at));
    at = end;
  }
}

// Xen's xl takes it on all architectures, and "unknown" for none.
void read_serial_line(ConfigReader& reader, DomainConfig& config) {
  config.serial_line = reader.choice("vuart", serial_lines) == size_t(1);
  if (config.serial_line && !arch::has_serial_lines) reader.warn("vuart", "ignored: only guests of Arm have it");
}

template <typename T>
void check_distinct(ConfigReader& reader, std::string_view key, const std::vector<T>& devices, auto&& name_of) {
  std::set<std::string> names;
  for (const T& device : devices)
    if (std::string name = name_of(device); !name.empty() && !names.insert(name).second)
      reader.reject(key, fmt::format("different devices, but {} is there twice", quoted(name)));
}

}  // namespace

std::string_view action_name(ShutdownAction action) { return actions[static_cast<size_t>(action)]; }
std::string_view type_name(DomainType type) { return types[static_cast<size_t>(type)]; }

void read_identity(ConfigReader& reader, DomainConfig& config) {
  read_type(reader, config);
  std::optional<std::string> name = reader.text("name");
  if (!name) fail(EINVAL, "{}: name is missing", reader.file());
  check_name(reader, *name);
  config.name = *name;
  if (std::optional<std::string> uuid = reader.text("uuid"))
    reader.checked("uuid", [&] { config.uuid = Uuid::parse(*uuid); });
  read_text(reader, "pool", config.pool);
}

void read_boot(ConfigReader& reader, DomainConfig& config) {
  read_text(reader, "kernel", config.kernel);
  read_text(reader, "ramdisk", config.ramdisk);
  read_text(reader, "bootloader", config.bootloader);
  read_text(reader, "firmware", config.firmware);
  read_text(reader, "device_tree", config.device_tree);
  read_command_line(reader, config);
  read_bootloader_args(reader, config);
}

void read_events(ConfigReader& reader, DomainConfig& config) {
  read_choice(reader, "on_poweroff", actions, config.on_poweroff);
  read_choice(reader, "on_reboot", actions, config.on_reboot);
  read_choice(reader, "on_watchdog", actions, config.on_watchdog);
  read_choice(reader, "on_crash", actions, config.on_crash);
  read_choice(reader, "on_soft_reset", actions, config.on_soft_reset);
}

void read_devices(ConfigReader& reader, DomainConfig& config) {
  reader.each_text("disk", [&](const std::string& spec) { config.disks.push_back(parse_disk(spec)); });
  reader.each_text("vif", [&](const std::string& spec) { config.vifs.push_back(parse_vif(spec)); });
  reader.each_text("channel", [&](const std::string& spec) { config.channels.push_back(parse_channel(spec)); });
  reader.each_text("serial", [&](const std::string& port) { config.serial.push_back(port); }, true);
  read_serial_line(reader, config);
  check_distinct(reader, "disk", config.disks, [](const DiskConfig& disk) { return disk.vdev; });
  check_distinct(reader, "vif", config.vifs, [](const VifConfig& vif) { return vif.mac ? vif.mac->text() : ""; });
  check_distinct(reader, "vif", config.vifs,
                 [](const VifConfig& vif) { return vif.devid ? "devid=" + std::to_string(*vif.devid) : ""; });
  check_distinct(reader, "channel", config.channels, [](const ChannelConfig& channel) { return channel.name; });
}

void read_properties(ConfigReader& reader, DomainConfig& config) {
  read_flag(reader, "driver_domain", config.driver_domain);
  read_flag(reader, "nomigrate", config.disable_migrate);
  read_flag(reader, "localtime", config.local_time);
  config.acpi = reader.boolean("acpi");
  config.apic = reader.boolean("apic");
  config.hap = reader.boolean("hap");
  config.nested_hvm = reader.boolean("nestedhvm");
  config.relaxed_msrs = reader.boolean("msr_relaxed");
  config.claim = reader.boolean("claim_mode");
  if (auto offset = reader.number("rtc_timeoffset", INT32_MIN, INT32_MAX, "seconds"))
    config.time_offset_s = static_cast<int32_t>(*offset);
  const ConfigValue* tsc = reader.value("tsc_mode");
  if (tsc && !tsc->is_list && parse_number(tsc->text))
    config.tsc_mode = static_cast<TscMode>(*reader.number("tsc_mode", 0, 3));
  else
    read_choice(reader, "tsc_mode", tsc_modes, config.tsc_mode);
  if (config.tsc_mode != TscMode::automatic && !arch::has_tsc_modes) reader.warn("tsc_mode", "ignored: only guests of x86 have it");
  read_choice(reader, "passthrough", passthroughs, config.passthrough);
}

}  // namespace xenolith::tools
