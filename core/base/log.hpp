// SPDX-License-Identifier: MIT
// Messages for the hypervisor's console and the end of the road.
#pragma once

#include <span>
#include <string_view>

#include "core/base/format.hpp"

namespace xenolith {

// Severity with Xen's threshold names (loglvl=, guest_loglvl=).
enum class LogLevel : u8 { error, warning, info, debug };
// Whose doing the message reports: the hypervisor's own, or a guest's (thresholded by guest_loglvl=, rate limited).
enum class LogSource : u8 { hypervisor, guest };

// Formats one line and hands it to the console with the prefix "(XEN) ". Lines over 400 characters are cut.
void log_line(LogLevel level, LogSource source, std::string_view format, std::span<const FormatArgument> arguments);

template <class... Arguments>
void log_error(std::string_view text, const Arguments&... arguments) {
  const FormatArgument list[] = {FormatArgument{arguments}..., FormatArgument{}};
  log_line(LogLevel::error, LogSource::hypervisor, text, std::span{list, sizeof...(Arguments)});
}
template <class... Arguments>
void log_warning(std::string_view text, const Arguments&... arguments) {
  const FormatArgument list[] = {FormatArgument{arguments}..., FormatArgument{}};
  log_line(LogLevel::warning, LogSource::hypervisor, text, std::span{list, sizeof...(Arguments)});
}
template <class... Arguments>
void log_info(std::string_view text, const Arguments&... arguments) {
  const FormatArgument list[] = {FormatArgument{arguments}..., FormatArgument{}};
  log_line(LogLevel::info, LogSource::hypervisor, text, std::span{list, sizeof...(Arguments)});
}
template <class... Arguments>
void log_debug(std::string_view text, const Arguments&... arguments) {
  const FormatArgument list[] = {FormatArgument{arguments}..., FormatArgument{}};
  log_line(LogLevel::debug, LogSource::hypervisor, text, std::span{list, sizeof...(Arguments)});
}
// For what a guest did; say which domain in the text ("d{} ...").
template <class... Arguments>
void log_guest(LogLevel level, std::string_view text, const Arguments&... arguments) {
  const FormatArgument list[] = {FormatArgument{arguments}..., FormatArgument{}};
  log_line(level, LogSource::guest, text, std::span{list, sizeof...(Arguments)});
}

// Prints the message, registers and a backtrace, stops the other CPUs and reboots or halts. Takes no locks.
[[noreturn]] void panic_line(std::string_view format, std::span<const FormatArgument> arguments);
template <class... Arguments>
[[noreturn]] void panic(std::string_view text, const Arguments&... arguments) {
  const FormatArgument list[] = {FormatArgument{arguments}..., FormatArgument{}};
  panic_line(text, std::span{list, sizeof...(Arguments)});
}

}  // namespace xenolith

// Debug builds panic when the condition is false; release builds do not evaluate it. Never the only check of input.
#ifdef XENOLITH_DEBUG
#define ASSERT(condition)                                                              \
  do {                                                                                 \
    if (!(condition)) [[unlikely]]                                                     \
      ::xenolith::panic("assertion failed: {} at {}:{}", #condition, __FILE__, __LINE__); \
  } while (false)
#else
#define ASSERT(condition) static_cast<void>(sizeof(!(condition)))
#endif
