// SPDX-License-Identifier: MIT
#include "tools/base/error.hpp"
#include "tools/config/config_syntax.hpp"
#include "tools/config/spec_fields.hpp"

namespace xenolith::tools {
namespace {

constexpr const char* command_line_name = "command line";

// "key=value" as a setting; a value that is not one as it stands is a text without its quotes.
std::vector<ConfigSetting> parse_override(const std::string& text) {
  size_t equals = text.find('=');
  std::string_view key = trim(std::string_view(text).substr(0, equals));
  if (equals == text.npos || key.empty())
    fail(EINVAL, "{}: expected KEY=VALUE, found {}", command_line_name, quoted(text));
  std::string_view value = trim(std::string_view(text).substr(equals + 1));
  bool bare = value.empty() || std::string_view("\"'[-0123456789").find(value.front()) == std::string_view::npos;
  if (!bare) return parse_settings(text, command_line_name);
  // Checks the key, too.
  std::vector<ConfigSetting> settings = parse_settings(fmt::format("{}=''", key), command_line_name);
  settings.front().value.text = value;
  return settings;
}

std::vector<ConfigSetting> parse_override_or_text(const std::string& text) {
  try {
    return parse_override(text);
  } catch (const Error&) {
    // "cpus=0-3", "name=2nd": a value that begins like a number and is none.
    size_t equals = text.find('=');
    if (equals == text.npos ||
        std::string_view("\"'[").find(text[std::min(equals + 1, text.size() - 1)]) != std::string_view::npos)
      throw;
    std::vector<ConfigSetting> settings = parse_settings(text.substr(0, equals) + "=''", command_line_name);
    settings.front().value.text = text.substr(equals + 1);
    return settings;
  }
}

}  // namespace

std::vector<ConfigSetting> parse_settings_with(std::string_view text, const std::string& file_name,
                                               std::span<const std::string> overrides) {
  std::vector<ConfigSetting> settings = parse_settings(text, file_name);
  for (const std::string& override : overrides) {
    for (ConfigSetting& setting : parse_override_or_text(override)) {
      setting.from_command_line = true;
      add_setting(settings, std::move(setting));
    }
  }
  return settings;
}

}  // namespace xenolith::tools
