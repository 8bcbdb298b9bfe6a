// SPDX-License-Identifier: MIT
#include "core/boot/options.hpp"

#include <algorithm>
#include <limits>

#include "core/base/format.hpp"

namespace xenolith {
namespace {

size_t copy_text(std::span<char> to, std::string_view text) { return format(to, "{}", text); }

size_t format_size(std::span<char> to, SizeValue value) {
  if (value.is_percent) return format(to, "{}%", value.amount);
  constexpr std::string_view suffixes = "BKMGT";
  size_t unit = 0;
  while (value.amount != 0 && value.amount % 1024 == 0 && unit + 1 < suffixes.size()) value.amount /= 1024, ++unit;
  return format(to, "{}{}", value.amount, suffixes[unit]);
}

}  // namespace

Result<void> BoolOption::set(const Word& word) {
  bool value = word.has_value ? TRY(parse_option_bool(word.value)) : true;
  value_.store(value != word.negated, std::memory_order_relaxed);
  return {};
}
size_t BoolOption::format_value(std::span<char> to) const { return copy_text(to, value() ? "true" : "false"); }
size_t BoolOption::format_default(std::span<char> to) const { return copy_text(to, initial_ ? "true" : "false"); }
size_t BoolOption::format_form(std::span<char> to) const { return copy_text(to, "<boolean>"); }

Result<void> IntegerOption::set(const Word& word) {
  if (word.negated) return Failure{XEN_EINVAL};
  i64 value = TRY(parse_option_integer(word.value));
  if (value < lowest_ || value > highest_) return Failure{XEN_ERANGE};
  value_.store(value, std::memory_order_relaxed);
  return {};
}
size_t IntegerOption::format_value(std::span<char> to) const { return format(to, "{}", value()); }
size_t IntegerOption::format_default(std::span<char> to) const { return format(to, "{}", initial_); }
size_t IntegerOption::format_form(std::span<char> to) const {
  return format(to, "<integer from {} to {}>", lowest_, highest_);
}

Result<void> SizeOption::set(const Word& word) {
  if (word.negated) return Failure{XEN_EINVAL};
  SizeValue value = TRY(parse_option_size(word.value));
  if (value.is_percent && percent_ == Percent::refused) return Failure{XEN_EINVAL};
  value_ = value;
  return {};
}
size_t SizeOption::format_value(std::span<char> to) const { return format_size(to, value_); }
size_t SizeOption::format_default(std::span<char> to) const { return format_size(to, initial_); }
size_t SizeOption::format_form(std::span<char> to) const {
  return copy_text(to, percent_ == Percent::allowed ? "<size or percentage>" : "<size>");
}

Result<void> EnumOption::set(const Word& word) {
  if (word.negated) return Failure{XEN_EINVAL};
  auto found = std::ranges::find(words_, word.value);
  if (found == words_.end()) return Failure{XEN_EINVAL};
  value_.store(static_cast<size_t>(found - words_.begin()), std::memory_order_relaxed);
  return {};
}
size_t EnumOption::format_value(std::span<char> to) const { return copy_text(to, words_[value()]); }
size_t EnumOption::format_default(std::span<char> to) const { return copy_text(to, words_[initial_]); }
size_t EnumOption::format_form(std::span<char> to) const {
  size_t used = 0;
  for (std::string_view word : words_) used += format(to.subspan(used), "{}{}", used ? " | " : "", word);
  return used;
}

Result<void> StringOption::set(const Word& word) {
  if (word.negated) return Failure{XEN_EINVAL};
  if (word.value.size() > text_.size()) return Failure{XEN_ERANGE};
  std::ranges::copy(word.value, text_.begin());
  length_ = word.value.size();
  is_set_ = true;
  return {};
}
size_t StringOption::format_value(std::span<char> to) const { return copy_text(to, value()); }
size_t StringOption::format_default(std::span<char> to) const { return copy_text(to, initial_); }
size_t StringOption::format_form(std::span<char> to) const { return copy_text(to, "<string>"); }

Result<void> CustomOption::set(const Word& word) {
  if (word.negated && word.has_value) return Failure{XEN_EINVAL};
  return parser_(word.negated ? "no" : word.value);
}
size_t CustomOption::format_value(std::span<char> to) const {
  return formatter_ ? formatter_(to) : size_t{0};
}
size_t CustomOption::format_default(std::span<char> to) const { return copy_text(to, initial_); }
size_t CustomOption::format_form(std::span<char> to) const { return copy_text(to, form_); }

Result<void> set_runtime_option(std::string_view name, std::string_view value) {
  Option* option = find_option(name);
  if (!option) return Failure{XEN_ENOENT};
  if (!option->is_runtime()) return Failure{XEN_EACCES};
  return option->set({value, true, false});
}

size_t describe_option(const Option& option, std::span<char> to) {
  size_t used = format(to, "### {}\n> `= ", option.name());
  used += option.format_form(to.subspan(used));
  used += format(to.subspan(used), "`\n\n> Default: `");
  used += option.format_default(to.subspan(used));
  used += format(to.subspan(used), "`\n\n{}{}\n\n", option.is_runtime() ? "> Can be modified at run time\n\n" : "",
                 option.description());
  return used;
}

}  // namespace xenolith
