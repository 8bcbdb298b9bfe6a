// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string_view>

namespace xenolith::tools {

std::string_view trim(std::string_view text);

// "a=1,flag,b=2" -> each("a", "1", true), each("flag", "", false), ... Keys and values without blanks around; empty parts are
// left out.
void each_field(std::string_view text,
                const std::function<void(std::string_view key, std::string_view value, bool has_value)>& each);

// The whole text as a decimal number of at most `most`; throws Error(EINVAL) that names `what`.
unsigned parse_count(std::string_view what, std::string_view text, unsigned most);

}  // namespace xenolith::tools
