// SPDX-License-Identifier: MIT
// core/base/log.hpp on the console.
#include "core/base/log.hpp"

#include <array>

#include "core/console/console.hpp"

namespace xenolith {

void log_line(LogLevel level, LogSource source, std::string_view format, std::span<const FormatArgument> arguments) {
  if (!Console::admit(level, source)) return;
  std::array<char, 400> text;
  Console::print("(XEN) ", {text.data(), format_to(text, format, arguments)});
}

}  // namespace xenolith
