// SPDX-License-Identifier: MIT
#include "tools/toolstack/running_script.hpp"

#include <signal.h>
#include <unistd.h>

#include <fstream>

#include "tools/base/error.hpp"
#include "tools/base/join.hpp"
#include "tools/base/process.hpp"

namespace xenolith::tools {

RunningScript::RunningScript(const ToolstackSettings& settings, const Device& device)
    : path_(fmt::format("{}/hotplug-{}-{}-{}.pid", settings.run, kind_name(device.backend_kind), device.domain, device.id)) {}

RunningScript::~RunningScript() {
  if (!waiting_) ::unlink(path_.c_str());
}

// A file that cannot be written is no reason to run no script.
void RunningScript::note(pid_t pid) const { std::ofstream(path_, std::ios::trunc) << pid << ' ' << process_start(pid) << '\n'; }

pid_t RunningScript::other() const {
  pid_t pid = 0;
  uint64_t start = 0;
  std::ifstream(path_) >> pid >> start;
  return pid > 1 && start != 0 && process_start(pid) == start ? pid : 0;
}

Task<bool> RunningScript::wait_for_other(EventLoop& loop, std::chrono::milliseconds limit) {
  pid_t pid = other();
  if (pid == 0) co_return false;
  UniqueFd process = open_process(pid);
  bool ended = true;
  waiting_ = true;
  if (process) ended = co_await within(loop, limit, wait_for_process(loop, process));
  waiting_ = false;
  if (!ended) ::kill(-pid, SIGKILL);  // scripts lead sessions of their own
  co_return true;
}

}  // namespace xenolith::tools
