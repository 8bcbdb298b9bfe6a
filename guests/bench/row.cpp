// SPDX-License-Identifier: MIT
#include "guests/bench/row.hpp"

namespace xenolith::guest::bench {
namespace {

constexpr u32 few = 2;

constinit bool full = false;
constinit bool many_channels = false;
constinit u32 most_domains = 100;
constinit std::string_view filter;

// Takes the text up to `separator` off `text`.
std::string_view take_word(std::string_view& text, char separator) {
  size_t end = text.find(separator);
  std::string_view word = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return word;
}

u32 number(std::string_view digits) {
  u32 value = 0;
  for (char digit : digits)
    if (digit >= '0' && digit <= '9') value = value * 10 + static_cast<u32>(digit - '0');
  return value;
}

bool contains(std::string_view text, std::string_view part) {
  for (size_t i = 0; i + part.size() <= text.size(); ++i)
    if (text.substr(i, part.size()) == part) return true;
  return false;
}

}  // namespace

void read_options() {
  std::string_view line = command_line();
  while (!line.empty()) {
    std::string_view word = take_word(line, ' ');
    if (word == "bench") full = true;
    if (word == "channels") many_channels = true;
    if (word.starts_with("rows=")) filter = word.substr(5);
    if (word.starts_with("domains=")) most_domains = number(word.substr(8));
  }
}

bool selected(std::string_view name) {
  if (filter.empty()) return true;
  for (std::string_view rest = filter; !rest.empty();)
    if (contains(name, take_word(rest, '|'))) return true;
  return false;
}

u32 iterations(u32 wanted) { return full ? wanted : few; }

u32 scaled(u32 wanted) {
  constexpr u32 without_bench = 20;
  return full || wanted < without_bench ? wanted : without_bench;
}

bool with_many_channels() { return many_channels; }
u32 domain_limit() { return full ? most_domains : 0; }

void tell_row(std::string_view name, u32 count, u64 nanoseconds) {
  note("Row: {} {} {}", name, count, nanoseconds);
  if (!full) note("Success: {}", name);
}

void tell_value(std::string_view name, u64 value) { note("Value: {} {}", name, value); }

}  // namespace xenolith::guest::bench
