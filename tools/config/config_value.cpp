// SPDX-License-Identifier: MIT
#include "tools/config/config_value.hpp"

#include <fmt/format.h>

namespace xenolith::tools {
namespace {

constexpr size_t most_shown = 100;

std::string cut(std::string text) {
  if (text.size() <= most_shown) return text;
  text.resize(most_shown);
  text += "...";
  return text;
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (unsigned char c : text.substr(0, most_shown)) {
    if (c < 0x20 || c == 0x7f)
      result += fmt::format("\\x{:02x}", c);
    else
      result += static_cast<char>(c);
  }
  if (text.size() > most_shown) result += "...";
  return result + "\"";
}

std::string ConfigValue::shown() const {
  if (!is_list) return quoted(text);
  std::string result = "[";
  for (const ConfigValue& item : items) {
    if (result.size() > most_shown) break;
    if (result.size() > 1) result += ", ";
    result += item.shown();
  }
  return cut(result + "]");
}

}  // namespace xenolith::tools
