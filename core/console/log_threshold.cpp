// SPDX-License-Identifier: MIT
#include "core/console/log_threshold.hpp"

#include <algorithm>
#include <array>

namespace xenolith {
namespace {

constexpr std::array<std::string_view, 6> names = {"none", "error", "warning", "info", "debug", "all"};
constexpr u8 highest = 4;  // "all" is another name of it

Result<u8> parse_level(std::string_view text) {
  auto found = std::ranges::find(names, text);
  if (found == names.end()) return Failure{XEN_EINVAL};
  return std::min(static_cast<u8>(found - names.begin()), highest);
}

std::string_view name_of(u8 threshold) { return threshold == highest ? "all" : names[threshold]; }

}  // namespace

Result<LogThreshold> LogThreshold::parse(std::string_view text) {
  size_t slash = text.find('/');
  u8 always = TRY(parse_level(text.substr(0, slash)));
  u8 limited = slash == text.npos ? always : TRY(parse_level(text.substr(slash + 1)));
  return LogThreshold{always, std::max(always, limited)};
}

size_t LogThreshold::format_to(std::span<char> to) const {
  if (always == limited) return format(to, "{}", name_of(always));
  return format(to, "{}/{}", name_of(always), name_of(limited));
}

}  // namespace xenolith
