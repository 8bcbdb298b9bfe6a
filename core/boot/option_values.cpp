// SPDX-License-Identifier: MIT
// Values of options: booleans, numbers, sizes, lists; and the table that the linker makes.
#include <algorithm>
#include <limits>

#include "core/boot/options.hpp"

extern "C" {
// Made by the linker around the section that XENOLITH_REGISTER_OPTION fills; absent when nothing is registered.
[[gnu::weak, gnu::visibility("hidden")]] extern xenolith::Option* const __start_xenolith_options[];
[[gnu::weak, gnu::visibility("hidden")]] extern xenolith::Option* const __stop_xenolith_options[];
}

namespace xenolith {
namespace {

constexpr char folded(char c) { return c == '_' ? '-' : c; }

// The base that the prefix says; removes the prefix.
unsigned take_base(std::string_view& text) {
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    return 16;
  }
  return text.size() > 1 && text[0] == '0' ? 8 : 10;
}

unsigned digit_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a') + 10 : 16;
}

// Takes a number off the front of `text`. Errors: EINVAL no digit; ERANGE over 64 bits.
Result<u64> take_number(std::string_view& text) {
  unsigned base = take_base(text);
  u64 value = 0;
  size_t digits = 0;
  for (; digits < text.size() && digit_value(text[digits]) < base; ++digits) {
    if (__builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit_value(text[digits]), &value))
      return Failure{XEN_ERANGE};
  }
  if (digits == 0) return Failure{XEN_EINVAL};
  text.remove_prefix(digits);
  return value;
}

Result<unsigned> shift_of(char suffix) {
  switch (suffix | 0x20) {
    case 'b': return 0u;
    case 'k': return 10u;
    case 'm': return 20u;
    case 'g': return 30u;
    case 't': return 40u;
  }
  return Failure{XEN_EINVAL};
}

}  // namespace

Result<bool> parse_option_bool(std::string_view text) {
  for (std::string_view word : {"no", "off", "false", "disable", "0"})
    if (text == word) return false;
  for (std::string_view word : {"yes", "on", "true", "enable", "1"})
    if (text == word) return true;
  return Failure{XEN_EINVAL};
}

Result<i64> parse_option_integer(std::string_view text) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  u64 magnitude = TRY(take_number(text));
  if (!text.empty()) return Failure{XEN_EINVAL};
  u64 limit = static_cast<u64>(std::numeric_limits<i64>::max()) + (negative ? 1 : 0);
  if (magnitude > limit) return Failure{XEN_ERANGE};
  return static_cast<i64>(negative ? u64{0} - magnitude : magnitude);
}

Result<SizeValue> parse_option_size(std::string_view text) {
  u64 number = TRY(take_number(text));
  if (text == "%") {
    if (number > 100) return Failure{XEN_ERANGE};
    return SizeValue{number, true};
  }
  if (text.size() > 1) return Failure{XEN_EINVAL};
  unsigned shift = text.empty() ? 10 : TRY(shift_of(text[0]));
  if (number > (~u64{0} >> shift)) return Failure{XEN_ERANGE};
  return SizeValue{number << shift, false};
}

Result<void> parse_option_list(std::string_view list, ItemParser parser) {
  while (!list.empty()) {
    size_t end = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    size_t equals = std::min(item.find('='), item.size());
    std::string_view name = item.substr(0, equals);
    std::string_view value = item.substr(std::min(equals + 1, item.size()));
    bool negated = name.starts_with("no-");
    if (negated) name.remove_prefix(3);
    if (equals < item.size())
      if (Result<bool> said = parse_option_bool(value); said && !*said) negated = !negated;
    TRY(parser(name, value, negated));
  }
  return {};
}

bool is_same_option_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, folded, folded);
}

std::span<Option* const> registered_options() {
  // Through integers: the two symbols are unrelated objects to the compiler.
  auto start = reinterpret_cast<uintptr_t>(__start_xenolith_options);
  auto stop = reinterpret_cast<uintptr_t>(__stop_xenolith_options);
  return {__start_xenolith_options, (stop - start) / sizeof(Option*)};
}

Option* find_option(std::string_view name) {
  for (Option* option : registered_options())
    if (is_same_option_name(option->name(), name)) return option;
  return nullptr;
}

}  // namespace xenolith
