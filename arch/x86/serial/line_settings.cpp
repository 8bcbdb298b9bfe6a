// SPDX-License-Identifier: MIT
#include "arch/x86/serial/line_settings.hpp"

#include <algorithm>

#include "core/boot/options.hpp"

namespace xenolith {
namespace {

constexpr std::string_view parity_letters = "noems";

std::string_view take_item(std::string_view& text) {
  size_t end = std::min(text.find(','), text.size());
  std::string_view item = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return item;
}

Result<u64> parse_within(std::string_view text, i64 lowest, i64 highest) {
  i64 value = TRY(parse_option_integer(text));
  if (value < lowest || value > highest) return Failure{XEN_ERANGE};
  return static_cast<u64>(value);
}

Result<void> parse_speed(LineSettings& settings, std::string_view item) {
  constexpr i64 highest_clock = 1'000'000'000;
  size_t slash = item.find('/');
  std::string_view baud = item.substr(0, slash);
  if (slash != item.npos)
    settings.clock_hz = static_cast<u32>(TRY(parse_within(item.substr(slash + 1), 16, highest_clock)));
  if (baud.empty() || baud == "auto") return {};
  settings.baud = static_cast<u32>(TRY(parse_within(baud, 1, settings.clock_hz / 16)));
  if (settings.clock_hz / 16 / settings.baud > 0xffff) return Failure{XEN_ERANGE};
  return {};
}

Result<void> parse_format(LineSettings& settings, std::string_view item) {
  if (item.size() != 3) return Failure{XEN_EINVAL};
  size_t parity = parity_letters.find(item[1]);
  if (item[0] < '5' || item[0] > '8' || item[2] < '1' || item[2] > '2' || parity == parity_letters.npos)
    return Failure{XEN_EINVAL};
  settings.data_bits = static_cast<u8>(item[0] - '0');
  settings.parity = static_cast<Parity>(parity);
  settings.stop_bits = static_cast<u8>(item[2] - '0');
  return {};
}

}  // namespace

Result<LineSettings> LineSettings::parse(std::string_view text) {
  LineSettings settings;
  TRY(parse_speed(settings, take_item(text)));
  if (std::string_view item = take_item(text); !item.empty()) TRY(parse_format(settings, item));
  if (std::string_view item = take_item(text); !item.empty())
    settings.io_base = static_cast<u16>(TRY(parse_within(item, 1, 0xfff8)));
  if (std::string_view item = take_item(text); !item.empty())
    settings.irq = static_cast<u8>(TRY(parse_within(item, 0, 15)));
  if (!text.empty()) return Failure{XEN_EINVAL};
  return settings;
}

u8 LineSettings::line_control() const {
  constexpr u8 parity_bits[] = {0x00, 0x08, 0x18, 0x28, 0x38};
  return static_cast<u8>((data_bits - 5) | (stop_bits - 1) << 2 | parity_bits[static_cast<u8>(parity)]);
}

u16 LineSettings::divisor() const { return static_cast<u16>(clock_hz / 16 / baud); }

}  // namespace xenolith
