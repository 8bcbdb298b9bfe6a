// SPDX-License-Identifier: MIT
#include "tools/config/spec_fields.hpp"

#include <charconv>

#include "tools/base/error.hpp"
#include "tools/config/config_value.hpp"

namespace xenolith::tools {

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  size_t first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

void each_field(std::string_view text,
                const std::function<void(std::string_view key, std::string_view value, bool has_value)>& each) {
  while (!text.empty()) {
    size_t comma = std::min(text.find(','), text.size());
    std::string_view field = trim(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (field.empty()) continue;
    size_t equals = field.find('=');
    if (equals == field.npos)
      each(field, {}, false);
    else
      each(trim(field.substr(0, equals)), trim(field.substr(equals + 1)), true);
  }
}

unsigned parse_count(std::string_view what, std::string_view text, unsigned most) {
  unsigned value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most)
    fail(EINVAL, "{} is {}, expected a number from 0 to {}", what, quoted(text), most);
  return value;
}

}  // namespace xenolith::tools
