// SPDX-License-Identifier: MIT
#include "tools/xenstored/handover.hpp"

#include <fcntl.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>

#include "tools/base/error.hpp"

namespace xenolith::tools::xenstored {

namespace {

// name=fd, separated by spaces
constexpr const char* variable = "XENOLITH_XENSTORED_HANDOVER";

void set_close_on_exec(int fd, bool on) { ::fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0); }

}  // namespace

Inherited::Inherited() {
  if (const char* text = std::getenv(variable)) {
    same_process_ = true;
    std::string_view rest = text;
    while (!rest.empty()) {
      size_t end = std::min(rest.find(' '), rest.size());
      std::string_view entry = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      size_t equals = entry.find('=');
      int fd = -1;
      if (equals == entry.npos) continue;
      std::from_chars(entry.data() + equals + 1, entry.data() + entry.size(), fd);
      if (fd < 0) continue;
      set_close_on_exec(fd, true);
      descriptors_[std::string(entry.substr(0, equals))] = UniqueFd(fd);
    }
    ::unsetenv(variable);
  }
  char** names = nullptr;
  int count = sd_listen_fds_with_names(1, &names);
  for (int i = 0; i < count; ++i) {
    descriptors_[names[i]] = UniqueFd(SD_LISTEN_FDS_START + i);
    std::free(names[i]);
  }
  std::free(names);
}

UniqueFd Inherited::take(const std::string& name) {
  auto found = descriptors_.find(name);
  if (found == descriptors_.end()) return {};
  UniqueFd fd = std::move(found->second);
  descriptors_.erase(found);
  return fd;
}

std::string client_name(int fd) { return "client" + std::to_string(fd); }

void exec_successor(const std::string& program, char** arguments, const std::map<std::string, int>& descriptors) {
  std::string text;
  for (const auto& [name, fd] : descriptors) {
    text += fmt::format("{}={} ", name, fd);
    set_close_on_exec(fd, false);
  }
  ::setenv(variable, text.c_str(), 1);
  ::execv(program.c_str(), arguments);
  int code = errno;
  ::unsetenv(variable);
  for (const auto& [name, fd] : descriptors) set_close_on_exec(fd, true);
  throw_errno(code, "starting " + program);
}

bool store_descriptors(const std::map<std::string, int>& descriptors) {
  if (!std::getenv("NOTIFY_SOCKET")) return false;
  for (const auto& [name, fd] : descriptors)
    if (sd_pid_notify_with_fds(0, 0, ("FDSTORE=1\nFDNAME=" + name).c_str(), &fd, 1) <= 0) return false;
  return true;
}

}  // namespace xenolith::tools::xenstored
