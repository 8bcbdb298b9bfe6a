// SPDX-License-Identifier: MIT
// The grammar of xl.cfg, without the meaning of its keys:
//
//   file    = { setting ( newline | ";" ) }
//   setting = key ( "=" | "+=" ) value
//   value   = number | 'text' | "text" | "[" [ value { "," value } [ "," ] ] "]"
//
// # begins a comment. Lists may span lines. A later setting of a key replaces an earlier one; += joins texts and lists.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/config/config_value.hpp"

namespace xenolith::tools {

// Throws Error(EINVAL), "FILE:LINE: ...". first_line: the number of the text's first line.
std::vector<ConfigSetting> parse_settings(std::string_view text, const std::string& file_name, int first_line = 1);

// Puts `setting` behind those that are there, as a later line of the same file would.
void add_setting(std::vector<ConfigSetting>& settings, ConfigSetting setting);

// The text, and "key=value" words of a command line behind it; there the quotes around a text may be missing.
std::vector<ConfigSetting> parse_settings_with(std::string_view text, const std::string& file_name,
                                               std::span<const std::string> overrides);

}  // namespace xenolith::tools
