// SPDX-License-Identifier: MIT
#include "tools/base/process.hpp"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tools/base/error.hpp"

namespace xenolith::tools {

UniqueFd open_process(pid_t pid) { return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

Task<> wait_for_process(EventLoop& loop, const UniqueFd& process) {
  Event ended;
  EventSource source = loop.watch(process.get(), EPOLLIN, [&](uint32_t) { ended.signal(); });
  co_await ended;
}

// proc(5), "/proc/pid/stat": field 22. The name, field 2, is in parentheses and may have anything in it.
uint64_t process_start(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  std::getline(file, text, '\0');
  size_t name_end = text.rfind(')');
  if (name_end == text.npos) return 0;
  std::istringstream rest(text.substr(name_end + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number)
    if (!(rest >> field)) return 0;
  return std::strtoull(field.c_str(), nullptr, 10);
}

}  // namespace xenolith::tools
