// SPDX-License-Identifier: MIT
#include "tools/toolstack/userdata_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

// Whether the path still names the open file: who held the lock before may have removed it.
bool is_current(int fd, const std::string& path) {
  struct stat open_file, named_file;
  if (::fstat(fd, &open_file) < 0 || ::stat(path.c_str(), &named_file) < 0) return false;
  return open_file.st_dev == named_file.st_dev && open_file.st_ino == named_file.st_ino;
}

}  // namespace

UserdataLock::UserdataLock(std::string path) : path_(std::move(path)) {
  while (true) {
    UniqueFd fd(check(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "opening {}", path_));
    while (::flock(fd.get(), LOCK_EX) < 0)
      if (errno != EINTR) fail_errno("locking {}", path_);
    if (!is_current(fd.get(), path_)) continue;
    fd_ = std::move(fd);
    return;
  }
}

// Removed before it is unlocked, so that nobody takes a lock on a file that is gone.
UserdataLock::~UserdataLock() {
  if (fd_) ::unlink(path_.c_str());
}

}  // namespace xenolith::tools
