// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "tools/base/task.hpp"
#include "tools/toolstack/device.hpp"
#include "tools/toolstack/settings.hpp"

namespace xenolith::tools {

// Says in a file that a device's script runs, so that it is not started twice: who started it may have been killed, and what a
// script has begun only that script can end well. The file is gone with this object.
class RunningScript {
 public:
  RunningScript(const ToolstackSettings& settings, const Device& device);
  ~RunningScript();
  RunningScript(const RunningScript&) = delete;
  RunningScript& operator=(const RunningScript&) = delete;

  // Waits for a script that a predecessor of this process started and left. After `limit` it is killed with its children.
  // Returns whether there was one.
  Task<bool> wait_for_other(EventLoop& loop, std::chrono::milliseconds limit);
  void note(pid_t pid) const;

 private:
  pid_t other() const;

  std::string path_;
  bool waiting_ = false;  // for another: what is destroyed meanwhile leaves the file to whoever comes next
};

}  // namespace xenolith::tools
