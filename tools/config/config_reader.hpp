// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/config/config_value.hpp"

namespace xenolith::tools {

// The settings of a file, asked for by key. A value of the wrong kind is an Error(EINVAL): "FILE:LINE: KEY = VALUE: expected ..." ("command line: ..." for overrides).
// Keys that nobody asked for are left over for unused().
class ConfigReader {
 public:
  ConfigReader(std::vector<ConfigSetting> settings, std::string file_name);

  bool has(std::string_view key) const { return find(key) != nullptr; }
  // Where the key is set: "FILE:LINE" or "command line". line: of a part of its value, 0 for the key's own.
  std::string place(std::string_view key, int line = 0) const;

  std::optional<std::string> text(std::string_view key);
  // Decimal, hexadecimal (0x) or octal (0), from `least` to `most`. what: "a number of MiB" and the like.
  std::optional<int64_t> number(std::string_view key, int64_t least, int64_t most, std::string_view what = "a number");
  // A number: 0 is false, all others are true; also "true", "false", "yes", "no", "on", "off".
  std::optional<bool> boolean(std::string_view key);
  // The index in `names` of the text. what lists them in messages.
  std::optional<size_t> choice(std::string_view key, std::span<const std::string_view> names);
  // A list of texts; a single text is a list of one if `or_text`.
  std::optional<std::vector<std::string>> texts(std::string_view key, bool or_text = false);
  // Calls `each` with each text of a list; an Error that leaves it gets file, line, key and text in front.
  void each_text(std::string_view key, const std::function<void(const std::string&)>& each, bool or_text = false);
  // The value as it is.
  const ConfigValue* value(std::string_view key);

  // Throws the Error that says what is wrong with the key's value.
  [[noreturn]] void reject(std::string_view key, std::string_view expected) const;
  // Adds "FILE:LINE: KEY: message".
  void warn(std::string_view key, std::string_view message);
  // Runs `body`; an Error that leaves it gets file, line, key and value in front.
  void checked(std::string_view key, const std::function<void()>& body) const;

  std::vector<const ConfigSetting*> unused() const;
  std::vector<std::string> take_warnings() { return std::move(warnings_); }
  const std::string& file() const { return file_; }

 private:
  struct Entry {
    ConfigSetting setting;
    bool used = false;
  };
  const Entry* find(std::string_view key) const;
  const ConfigSetting* use(std::string_view key);

  std::string file_;
  std::vector<Entry> entries_;
  std::vector<std::string> warnings_;
};

// The whole text as a number as strtol with base 0 reads it; none if it is not one or does not fit.
std::optional<int64_t> parse_number(std::string_view text);

}  // namespace xenolith::tools
