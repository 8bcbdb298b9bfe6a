// SPDX-License-Identifier: MIT
#include "tools/xl/console_client.hpp"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>

#include "tools/base/error.hpp"

namespace xenolith::tools::xl {
namespace {

std::string own_folder() {
  char path[PATH_MAX];
  ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
  std::string text(path, size > 0 ? static_cast<size_t>(size) : 0);
  return text.substr(0, text.rfind('/'));
}

// The main program blocks signals for its event loop; programs that it becomes want them.
void unblock_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
}

void execute(const std::string& program, DomainId domain, const ConsoleChoice& choice) {
  std::string id = std::to_string(domain.value()), number = std::to_string(choice.number);
  ::execl(program.c_str(), "xenconsole", id.c_str(), "--num", number.c_str(), "--type", choice.type.c_str(), nullptr);
}

}  // namespace

std::string find_console_client() {
  for (const std::string& folder : {own_folder(), std::string("/usr/libexec/xenolith"),
                                    std::string("/usr/lib/xenolith/bin"), std::string("/usr/lib/xen-4.17/bin")}) {
    std::string program = folder + "/xenconsole";
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  fail(ENOENT, "the program xenconsole is not installed");
}

void become_console(DomainId domain, const ConsoleChoice& choice) {
  std::string program = find_console_client();
  unblock_signals();
  execute(program, domain, choice);
  fail_errno("{}", program);
}

pid_t start_console(DomainId domain) {
  std::string program = find_console_client();
  pid_t child = check(::fork(), "starting {}", program);
  if (child > 0) return child;
  unblock_signals();
  execute(program, domain, {});
  ::_exit(127);
}

bool wait_for_console(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return false;
  return status == 0;
}

}  // namespace xenolith::tools::xl
