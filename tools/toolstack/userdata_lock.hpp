// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tools/base/unique_fd.hpp"

namespace xenolith::tools {

// While it lives, no other program (libxl's too) that takes it changes a domain's userdata. A file that is locked, and removed
// at the end.
class UserdataLock {
 public:
  // Waits for whoever holds it. Throws Error if the file cannot be made.
  explicit UserdataLock(std::string path);
  ~UserdataLock();
  UserdataLock(UserdataLock&&) = default;
  UserdataLock& operator=(UserdataLock&&) = delete;

 private:
  std::string path_;
  UniqueFd fd_;
};

}  // namespace xenolith::tools
