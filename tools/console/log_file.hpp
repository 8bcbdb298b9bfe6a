// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "tools/base/unique_fd.hpp"

namespace xenolith::tools::console {

struct LogStyle {
  bool timestamps = false;      // "[YYYY-MM-DD HH:MM:SS] " before each line
  bool replace_escape = false;  // '.' for ESC, so that a log cannot drive the terminal of who reads it
};

// A log that grows at its end. A log that cannot be written does not stop the console: what was lost is said in the log
// when it can be written again.
class LogFile {
 public:
  // Throws Error if the file cannot be opened.
  LogFile(std::string path, LogStyle style);

  void write(std::string_view bytes);
  // A line of the daemon's own, in place of the domain's.
  void note(std::string_view text);
  // After the file was rotated away. Throws Error; the old file is kept then.
  void reopen();
  const std::string& path() const { return path_; }

 private:
  void append(std::string_view bytes);

  std::string path_;
  LogStyle style_;
  UniqueFd fd_;
  bool at_line_start_ = true;
  size_t lost_ = 0;
};

// The bytes as they stand in a log; at_line_start is kept from call to call.
std::string styled(std::string_view bytes, LogStyle style, const std::string& stamp, bool& at_line_start);

}  // namespace xenolith::tools::console
