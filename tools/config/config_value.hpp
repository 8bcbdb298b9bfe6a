// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace xenolith::tools {

// A value of xl.cfg: a text (numbers are texts, too) or a list of values.
struct ConfigValue {
  bool is_list = false;
  std::string text;
  std::vector<ConfigValue> items;
  int line = 0;  // where it begins

  // As it would be written in a file, shortened if it is long; for messages.
  std::string shown() const;
};

// A key and its value, in the order of the file.
struct ConfigSetting {
  std::string key;
  ConfigValue value;
  int line = 0;
  bool from_command_line = false;
};

// Quotes a text for messages: control characters become escapes, long texts are cut.
std::string quoted(std::string_view text);

}  // namespace xenolith::tools
