// SPDX-License-Identifier: MIT
#include "tools/console/log_file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <ctime>

#include "tools/base/error.hpp"

namespace xenolith::tools::console {

namespace {

std::string now() {
  std::time_t seconds = std::time(nullptr);
  std::tm local;
  char text[40];
  std::strftime(text, sizeof text, "[%Y-%m-%d %H:%M:%S] ", localtime_r(&seconds, &local));
  return text;
}

UniqueFd open_log(const std::string& path) {
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
  return UniqueFd(check(fd, "opening {}", path));
}

}  // namespace

std::string styled(std::string_view bytes, LogStyle style, const std::string& stamp, bool& at_line_start) {
  std::string text;
  for (char c : bytes) {
    if (at_line_start && style.timestamps) text += stamp;
    text += c == '\033' && style.replace_escape ? '.' : c;
    at_line_start = c == '\n';
  }
  return text;
}

LogFile::LogFile(std::string path, LogStyle style) : path_(std::move(path)), style_(style), fd_(open_log(path_)) {
  note("*** log begins ***");
}

void LogFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      lost_ += bytes.size();
      return;
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void LogFile::write(std::string_view bytes) {
  if (size_t lost = std::exchange(lost_, 0)) note(fmt::format("*** {} bytes could not be written ***", lost));
  std::string stamp = style_.timestamps ? now() : std::string();
  append(styled(bytes, style_, stamp, at_line_start_));
}

void LogFile::note(std::string_view text) {
  if (!at_line_start_) append("\n");
  at_line_start_ = true;
  append(now() + std::string(text) + "\n");
}

void LogFile::reopen() { fd_ = open_log(path_); }

}  // namespace xenolith::tools::console
