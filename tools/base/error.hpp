// SPDX-License-Identifier: MIT
// The exception of the tools: a message for a person and the errno that callers act on.
#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <stdexcept>
#include <string>

namespace xenolith::tools {

class Error : public std::runtime_error {
 public:
  // code: an errno value, positive.
  Error(int code, const std::string& message) : std::runtime_error(message), code_(code) {}

  int code() const { return code_; }

 private:
  int code_;
};

// Throws Error(code, formatted message).
template <typename... Args>
[[noreturn]] void fail(int code, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(code, fmt::format(format, std::forward<Args>(args)...));
}

// Throws the message followed by the text of `code`, an errno value: "opening /x: No such file or directory".
[[noreturn]] void throw_errno(int code, const std::string& what);

template <typename... Args>
[[noreturn]] void fail_errno(fmt::format_string<Args...> format, Args&&... args) {
  int code = errno;
  throw_errno(code, fmt::format(format, std::forward<Args>(args)...));
}

// The result of a call that says -1 and sets errno at failure.
template <typename T, typename... Args>
T check(T result, fmt::format_string<Args...> format, Args&&... args) {
  if (result < 0) fail_errno(format, std::forward<Args>(args)...);
  return result;
}

// Runs `body`; an Error that leaves it gets "what: " in front.
template <typename F>
decltype(auto) in_context(const std::string& what, F&& body) {
  try {
    return body();
  } catch (const Error& error) {
    throw Error(error.code(), what + ": " + error.what());
  }
}

}  // namespace xenolith::tools
