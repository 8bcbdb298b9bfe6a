// SPDX-License-Identifier: MIT
// Files and sockets around daemons, and going to the background.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/base/unique_fd.hpp"

namespace xenolith::tools {

// A listening socket, in place of one that a dead daemon left. Throws Error.
UniqueFd listen_at(const std::string& path, unsigned mode);
// Writes this process's id, and holds a lock on the file as long as the descriptor lives. Throws Error(EEXIST) when
// another process holds it.
UniqueFd write_pid_file(const std::string& path);
// Whole, or not at all. Throws Error.
void replace_file(const std::string& path, std::string_view contents);
// Empty if there is no such file. Throws Error.
std::string read_file(const std::string& path);

// Lets this process have `count` descriptors open, or as many as it may. The usual 1,024 are soon used up by what each domain
// needs.
void allow_descriptors(uint64_t count) noexcept;

// Goes on in a child process; the parent ends with success when the child calls ready(), with failure when it ends before.
class Background {
 public:
  // fork: false goes on in this process.
  explicit Background(bool fork);
  void ready();

 private:
  UniqueFd pipe_;
};

}  // namespace xenolith::tools
