// SPDX-License-Identifier: MIT
// What one daemon leaves to the next: by exec() of the new program in the same process (live update), or over a stop and a
// start, where systemd may keep the sockets.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tools/xenstored/daemon.hpp"

namespace xenolith::tools::xenstored {

// Open descriptors that a predecessor left, by the name it gave them.
class Inherited {
 public:
  // Takes them from the environment, which forgets them.
  Inherited();
  // The descriptor, or none; whoever asks owns it.
  UniqueFd take(const std::string& name);
  // The process has not changed: no fork, and the parent is not waiting.
  bool same_process() const { return same_process_; }

 private:
  std::map<std::string, UniqueFd> descriptors_;
  bool same_process_ = false;
};

// The name of a client's socket that has number `fd` in the saved state.
std::string client_name(int fd);

// Runs `program` in place of this one with the descriptors open. Returns only on failure, by Error; the descriptors are as
// before then.
void exec_successor(const std::string& program, char** arguments, const std::map<std::string, int>& descriptors);
// Asks systemd to keep them for the next start. False if it does not run this.
bool store_descriptors(const std::map<std::string, int>& descriptors);

}  // namespace xenolith::tools::xenstored
