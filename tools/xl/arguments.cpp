// SPDX-License-Identifier: MIT
#include "tools/xl/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace xenolith::tools::xl {
namespace {

constexpr Option help_option{'h', "help"};

[[noreturn]] void unsupported(std::string_view text) {
  throw UsageError{fmt::format("option `{}' not supported.\n", text), false};
}

const Option& by_letter(char letter, std::span<const Option> known) {
  if (letter == help_option.letter) return help_option;
  auto found = std::ranges::find(known, letter, &Option::letter);
  if (found == known.end()) unsupported(std::string_view(&letter, 1));
  return *found;
}

const Option& by_name(std::string_view name, std::span<const Option> known) {
  const Option* match = nullptr;
  for (const Option& option : known) {
    if (option.name == name) return option;
    if (name.empty() || !option.name.starts_with(name)) continue;
    if (match && match->letter != option.letter) unsupported(name);
    match = &option;
  }
  if (!match && !name.empty() && help_option.name.starts_with(name)) return help_option;
  if (!match) unsupported(name);
  return *match;
}

std::string value_of(std::string_view shown, std::span<const std::string> rest, size_t& next) {
  if (next == rest.size()) throw UsageError{fmt::format("option `{}' needs a value.\n", shown), false};
  return rest[next++];
}

}  // namespace

Arguments::Arguments(std::span<const std::string> arguments, std::span<const Option> options) {
  for (size_t next = 0; next < arguments.size();) {
    std::string_view text = arguments[next++];
    if (text == "--") {
      words_.insert(words_.end(), arguments.begin() + static_cast<ptrdiff_t>(next), arguments.end());
      return;
    }
    if (text.starts_with("--"))
      take_long(text.substr(2), arguments, next, options);
    else if (text.size() > 1 && text.front() == '-')
      take_letters(text.substr(1), arguments, next, options);
    else
      words_.emplace_back(text);
  }
}

void Arguments::take_long(std::string_view text, std::span<const std::string> rest, size_t& next,
                          std::span<const Option> known) {
  size_t equals = text.find('=');
  const Option& option = by_name(text.substr(0, equals), known);
  if (equals != text.npos && !option.has_value) unsupported(text);
  std::string value;
  if (option.has_value) value = equals != text.npos ? std::string(text.substr(equals + 1)) : value_of(text, rest, next);
  options_.emplace_back(option.letter, std::move(value));
}

void Arguments::take_letters(std::string_view text, std::span<const std::string> rest, size_t& next,
                             std::span<const Option> known) {
  for (size_t at = 0; at < text.size(); ++at) {
    const Option& option = by_letter(text[at], known);
    if (!option.has_value) {
      options_.emplace_back(option.letter, "");
      continue;
    }
    std::string_view joined = text.substr(at + 1);
    options_.emplace_back(option.letter,
                          joined.empty() ? value_of(text.substr(at, 1), rest, next) : std::string(joined));
    return;
  }
}

bool Arguments::has(char letter) const { return count(letter) > 0; }

int Arguments::count(char letter) const {
  return static_cast<int>(std::ranges::count(options_, letter, [](const auto& option) { return option.first; }));
}

std::optional<std::string> Arguments::value(char letter) const {
  std::optional<std::string> result;
  for (const auto& [name, value] : options_)
    if (name == letter) result = value;
  return result;
}

uint32_t parse_argument(std::string_view what, const std::string& text, uint32_t most) {
  uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most)
    throw UsageError{fmt::format("{}: expected a number from 0 to {}, found '{}'\n", what, most, text), false};
  return value;
}

}  // namespace xenolith::tools::xl
