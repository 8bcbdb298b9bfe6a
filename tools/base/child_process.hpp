// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tools/base/task.hpp"

namespace xenolith::tools {

// What to run, and how.
struct Command {
  std::vector<std::string> arguments;              // arguments[0]: the program's path
  std::map<std::string, std::string> environment;  // added to this process's own
  int output = -1;                                 // descriptor for stdout and stderr; -1: this process's stderr
  bool clean_environment = false;                  // only `environment`, and PATH
  std::function<void(pid_t)> started;              // run_command() tells its process id
};

// A running program, in a session of its own, with stdin from /dev/null and no blocked signals. The destructor kills the whole
// group and waits for its end, unless it was release()d.
class ChildProcess {
 public:
  // Throws Error (ENOENT, EACCES, ...) if the program cannot be started.
  explicit ChildProcess(const Command& command);
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  ChildProcess& operator=(ChildProcess&&) = delete;

  pid_t pid() const { return pid_; }
  // Forgets the process without ending it; returns its id.
  pid_t release() { return std::exchange(pid_, -1); }

 private:
  pid_t pid_;
};

// Runs a program to its end. Returns the status as of waitpid(). After `limit` the program is killed and Error(ETIMEDOUT) is
// thrown. A cancelled run kills the program.
Task<int> run_command(EventLoop& loop, Command command, std::chrono::milliseconds limit);

}  // namespace xenolith::tools
