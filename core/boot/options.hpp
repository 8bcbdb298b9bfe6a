// SPDX-License-Identifier: MIT
// The hypervisor's command-line options. Each is a constinit object beside the code that it steers, entered into a table
// by the linker:
//   constinit BoolOption sync_console{"sync_console", "Write each console character before going on.", false};
//   XENOLITH_REGISTER_OPTION(sync_console);
// Names, forms and defaults are Xen's where Xen has the option. In names '-' and '_' are the same.
#pragma once

#include <array>
#include <atomic>
#include <span>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/types.hpp"

namespace xenolith {

// Whether `xl set-parameters` (hypervisor file system, /params/NAME) may change it later.
enum class OptionTime : u8 { boot, runtime };

class Option {
 public:
  constexpr Option(std::string_view name, std::string_view description, OptionTime time = OptionTime::boot)
      : name_{name}, description_{description}, time_{time} {}
  Option(const Option&) = delete;
  Option& operator=(const Option&) = delete;

  std::string_view name() const { return name_; }
  std::string_view description() const { return description_; }
  bool is_runtime() const { return time_ == OptionTime::runtime; }

  // Sets the value. `has_value`: there was a '='; `negated`: the name had "no-" before it.
  // Errors: EINVAL malformed, ERANGE outside the permitted range. The old value is kept then.
  struct Word {
    std::string_view value;
    bool has_value = false;
    bool negated = false;
  };
  virtual Result<void> set(const Word& word) = 0;
  // Writes the present value as text; returns the number of characters.
  virtual size_t format_value(std::span<char> to) const = 0;
  // Writes the default as text; returns the number of characters.
  virtual size_t format_default(std::span<char> to) const = 0;
  // What may stand behind '=', for the documentation: "<boolean>", "<integer>", "<size>", "a | b".
  virtual size_t format_form(std::span<char> to) const = 0;

 protected:
  constexpr ~Option() = default;

 private:
  std::string_view name_;
  std::string_view description_;
  OptionTime time_;
};

class BoolOption final : public Option {
 public:
  constexpr BoolOption(std::string_view name, std::string_view description, bool initial,
                       OptionTime time = OptionTime::boot)
      : Option{name, description, time}, value_{initial}, initial_{initial} {}
  // Relaxed: an option orders nothing else.
  bool value() const { return value_.load(std::memory_order_relaxed); }

  Result<void> set(const Word& word) override;
  size_t format_value(std::span<char> to) const override;
  size_t format_default(std::span<char> to) const override;
  size_t format_form(std::span<char> to) const override;

 private:
  std::atomic<bool> value_;
  bool initial_;
};

// Decimal, 0x hexadecimal or 0 octal, with sign, within [lowest, highest].
class IntegerOption final : public Option {
 public:
  constexpr IntegerOption(std::string_view name, std::string_view description, i64 initial, i64 lowest, i64 highest,
                          OptionTime time = OptionTime::boot)
      : Option{name, description, time}, value_{initial}, initial_{initial}, lowest_{lowest}, highest_{highest} {}
  i64 value() const { return value_.load(std::memory_order_relaxed); }

  Result<void> set(const Word& word) override;
  size_t format_value(std::span<char> to) const override;
  size_t format_default(std::span<char> to) const override;
  size_t format_form(std::span<char> to) const override;

 private:
  std::atomic<i64> value_;
  i64 initial_, lowest_, highest_;
};

// An amount of memory: bytes, or a share of all memory in percent.
struct SizeValue {
  u64 amount;
  bool is_percent;

  // In bytes, given how much there is.
  constexpr u64 of(u64 total) const { return is_percent ? total / 100 * amount + total % 100 * amount / 100 : amount; }
  constexpr bool operator==(const SizeValue&) const = default;
};

// <number>[B|K|M|G|T|%]; with no suffix the number counts KiB, as in Xen. Set at boot only.
class SizeOption final : public Option {
 public:
  enum class Percent : u8 { refused, allowed };
  constexpr SizeOption(std::string_view name, std::string_view description, SizeValue initial,
                       Percent percent = Percent::refused)
      : Option{name, description}, value_{initial}, initial_{initial}, percent_{percent} {}
  SizeValue value() const { return value_; }

  Result<void> set(const Word& word) override;
  size_t format_value(std::span<char> to) const override;
  size_t format_default(std::span<char> to) const override;
  size_t format_form(std::span<char> to) const override;

 private:
  SizeValue value_, initial_;
  Percent percent_;
};

// One word out of a list; value() is its index.
class EnumOption final : public Option {
 public:
  constexpr EnumOption(std::string_view name, std::string_view description, std::span<const std::string_view> words,
                       size_t initial, OptionTime time = OptionTime::boot)
      : Option{name, description, time}, words_{words}, value_{initial}, initial_{initial} {}
  size_t value() const { return value_.load(std::memory_order_relaxed); }

  Result<void> set(const Word& word) override;
  size_t format_value(std::span<char> to) const override;
  size_t format_default(std::span<char> to) const override;
  size_t format_form(std::span<char> to) const override;

 private:
  std::span<const std::string_view> words_;
  std::atomic<size_t> value_;
  size_t initial_;
};

// Text of up to 255 characters, kept because the command line itself lies in memory that is given away. Set at boot only.
class StringOption final : public Option {
 public:
  constexpr StringOption(std::string_view name, std::string_view description, std::string_view initial = "")
      : Option{name, description}, initial_{initial} {}
  std::string_view value() const { return is_set_ ? std::string_view{text_.data(), length_} : initial_; }

  Result<void> set(const Word& word) override;
  size_t format_value(std::span<char> to) const override;
  size_t format_default(std::span<char> to) const override;
  size_t format_form(std::span<char> to) const override;

 private:
  std::string_view initial_;
  std::array<char, 255> text_{};
  size_t length_ = 0;
  bool is_set_ = false;
};

// Anything else: a function checks and takes the value ("no" when the option is negated, "" when there is none).
class CustomOption final : public Option {
 public:
  using Parser = Result<void> (*)(std::string_view value);
  // Writes the present value; may be null.
  using Formatter = size_t (*)(std::span<char> to);
  constexpr CustomOption(std::string_view name, std::string_view description, std::string_view form, Parser parser,
                         std::string_view initial = "", Formatter formatter = nullptr,
                         OptionTime time = OptionTime::boot)
      : Option{name, description, time}, form_{form}, initial_{initial}, parser_{parser}, formatter_{formatter} {}

  Result<void> set(const Word& word) override;
  size_t format_value(std::span<char> to) const override;
  size_t format_default(std::span<char> to) const override;
  size_t format_form(std::span<char> to) const override;

 private:
  std::string_view form_, initial_;
  Parser parser_;
  Formatter formatter_;
};

// A comma-separated list: `parser` gets each item in turn and whether it is negated ("no-item", or item=no).
// Stops at the first item that fails. For CustomOption parsers.
using ItemParser = Result<void> (*)(std::string_view name, std::string_view value, bool negated);
Result<void> parse_option_list(std::string_view list, ItemParser parser);

// The pieces, for CustomOption parsers. Errors: EINVAL; ERANGE when a number does not fit.
Result<bool> parse_option_bool(std::string_view text);
Result<i64> parse_option_integer(std::string_view text);
Result<SizeValue> parse_option_size(std::string_view text);
// Equal, with '-' and '_' the same.
bool is_same_option_name(std::string_view a, std::string_view b);

// All registered options, in the order in which the linker met them.
std::span<Option* const> registered_options();
// The option of that name, or nullptr.
Option* find_option(std::string_view name);

// Sets a run-time option as `xl set-parameters` does. Errors: ENOENT no such option, EACCES not a run-time one, those of
// Option::set. Caller: control operations, under their permission check.
Result<void> set_runtime_option(std::string_view name, std::string_view value);

// One option's entry of docs/command-line.md; returns the number of characters.
size_t describe_option(const Option& option, std::span<char> to);

}  // namespace xenolith

// Enters an Option with static storage duration into the table. At namespace scope, in a source file.
#define XENOLITH_REGISTER_OPTION(object)                                                         \
  [[gnu::used, gnu::section("xenolith_options")]] ::xenolith::Option* const registered_##object##_option = &(object)
