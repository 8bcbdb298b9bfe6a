// SPDX-License-Identifier: MIT
#include <arch/fake.hpp>

#include <mutex>

#include "core/base/log.hpp"

namespace xenolith {
namespace {
std::mutex guard;
std::vector<std::string> lines;

std::string text_of(std::string_view format, std::span<const FormatArgument> arguments) {
  std::string buffer(400, '\0');
  buffer.resize(format_to(buffer, format, arguments));
  return buffer;
}
}  // namespace

void log_line(LogLevel, LogSource, std::string_view format, std::span<const FormatArgument> arguments) {
  std::lock_guard hold{guard};
  lines.push_back(text_of(format, arguments));
}

void panic_line(std::string_view format, std::span<const FormatArgument> arguments) {
  throw fake::Panic{text_of(format, arguments)};
}

namespace fake {
const std::vector<std::string>& log_lines() { return lines; }
void clear_log() {
  std::lock_guard hold{guard};
  lines.clear();
}
}  // namespace fake

}  // namespace xenolith
