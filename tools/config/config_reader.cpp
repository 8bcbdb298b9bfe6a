// SPDX-License-Identifier: MIT
#include "tools/config/config_reader.hpp"

#include <algorithm>
#include <charconv>

#include "tools/base/error.hpp"

namespace xenolith::tools {

std::optional<int64_t> parse_number(std::string_view text) {
  bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.starts_with('0')) {
    base = 8;
    text.remove_prefix(1);
  }
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > INT64_MAX)
    return std::nullopt;
  return negative ? -static_cast<int64_t>(value) : static_cast<int64_t>(value);
}

ConfigReader::ConfigReader(std::vector<ConfigSetting> settings, std::string file_name) : file_(std::move(file_name)) {
  for (ConfigSetting& setting : settings) entries_.push_back({std::move(setting)});
}

const ConfigReader::Entry* ConfigReader::find(std::string_view key) const {
  auto found =
      std::ranges::find(entries_, key, [](const Entry& entry) -> std::string_view { return entry.setting.key; });
  return found == entries_.end() ? nullptr : &*found;
}

const ConfigSetting* ConfigReader::use(std::string_view key) {
  auto* entry = const_cast<Entry*>(find(key));
  if (!entry) return nullptr;
  entry->used = true;
  return &entry->setting;
}

std::string ConfigReader::place(std::string_view key, int line) const {
  const Entry* entry = find(key);
  if (!entry) return file_;
  if (entry->setting.from_command_line) return "command line";
  return fmt::format("{}:{}", file_, line ? line : entry->setting.line);
}

void ConfigReader::reject(std::string_view key, std::string_view expected) const {
  const Entry* entry = find(key);
  fail(EINVAL, "{}: {} = {}: expected {}", place(key), key, entry ? entry->setting.value.shown() : "", expected);
}

void ConfigReader::warn(std::string_view key, std::string_view message) {
  warnings_.push_back(fmt::format("{}: {}: {}", place(key), key, message));
}

void ConfigReader::checked(std::string_view key, const std::function<void()>& body) const {
  try {
    body();
  } catch (const Error& error) {
    const Entry* entry = find(key);
    fail(error.code(), "{}: {} = {}: {}", place(key), key, entry ? entry->setting.value.shown() : "", error.what());
  }
}

const ConfigValue* ConfigReader::value(std::string_view key) {
  const ConfigSetting* setting = use(key);
  return setting ? &setting->value : nullptr;
}

std::optional<std::string> ConfigReader::text(std::string_view key) {
  const ConfigSetting* setting = use(key);
  if (!setting) return std::nullopt;
  if (setting->value.is_list) reject(key, "a text");
  return setting->value.text;
}

std::optional<int64_t> ConfigReader::number(std::string_view key, int64_t least, int64_t most, std::string_view what) {
  std::optional<std::string> value = text(key);
  if (!value) return std::nullopt;
  std::optional<int64_t> number = parse_number(*value);
  if (!number || *number < least || *number > most) reject(key, fmt::format("{} from {} to {}", what, least, most));
  return number;
}

std::optional<bool> ConfigReader::boolean(std::string_view key) {
  std::optional<std::string> value = text(key);
  if (!value) return std::nullopt;
  if (std::optional<int64_t> number = parse_number(*value)) return *number != 0;
  std::string lower = *value;
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (lower == "true" || lower == "yes" || lower == "on") return true;
  if (lower == "false" || lower == "no" || lower == "off") return false;
  reject(key, "1 (yes) or 0 (no)");
}

std::optional<size_t> ConfigReader::choice(std::string_view key, std::span<const std::string_view> names) {
  std::optional<std::string> value = text(key);
  if (!value) return std::nullopt;
  auto found = std::ranges::find(names, *value);
  if (found == names.end()) reject(key, fmt::format("one of {}", fmt::join(names, ", ")));
  return static_cast<size_t>(found - names.begin());
}

void ConfigReader::each_text(std::string_view key, const std::function<void(const std::string&)>& each, bool or_text) {
  const ConfigSetting* setting = use(key);
  if (!setting) return;
  if (!setting->value.is_list && !or_text) reject(key, "a list of texts: [ 'x', 'y' ]");
  std::span<const ConfigValue> items(setting->value.items);
  if (!setting->value.is_list) items = {&setting->value, 1};
  for (const ConfigValue& item : items) {
    if (item.is_list) reject(key, "a list of texts, not of lists");
    try {
      each(item.text);
    } catch (const Error& error) {
      fail(error.code(), "{}: {}: {}: {}", place(key, item.line), key, quoted(item.text), error.what());
    }
  }
}

std::optional<std::vector<std::string>> ConfigReader::texts(std::string_view key, bool or_text) {
  if (!has(key)) return std::nullopt;
  std::vector<std::string> result;
  each_text(key, [&](const std::string& text) { result.push_back(text); }, or_text);
  return result;
}

std::vector<const ConfigSetting*> ConfigReader::unused() const {
  std::vector<const ConfigSetting*> result;
  for (const Entry& entry : entries_)
    if (!entry.used) result.push_back(&entry.setting);
  return result;
}

}  // namespace xenolith::tools
