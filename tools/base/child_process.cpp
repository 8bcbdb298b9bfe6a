// SPDX-License-Identifier: MIT
#include "tools/base/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "tools/base/error.hpp"
#include "tools/base/failure_point.hpp"

extern char** environ;

namespace xenolith::tools {
namespace {

std::vector<std::string> environment_of(const Command& command) {
  std::map<std::string, std::string> all;
  if (command.clean_environment) {
    all["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  } else {
    for (char** entry = environ; *entry; ++entry) {
      std::string text = *entry;
      size_t equals = text.find('=');
      if (equals != std::string::npos) all[text.substr(0, equals)] = text.substr(equals + 1);
    }
  }
  for (const auto& [name, value] : command.environment) all[name] = value;
  std::vector<std::string> list;
  for (const auto& [name, value] : all) list.push_back(name + "=" + value);
  return list;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const auto& string : strings) result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t none, changed;
    sigemptyset(&none);
    sigemptyset(&changed);
    sigaddset(&changed, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &changed);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  posix_spawnattr_t* get() { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

// The child ends, the timer fires, or the waiter is cancelled: whichever is first.
struct Outcome {
  Event decided;
  int status = 0;
  bool ended = false;
};

}  // namespace

ChildProcess::ChildProcess(const Command& command) {
  failure_point("starting a program");
  auto environment = environment_of(command);
  FileActions actions;
  Attributes attributes;
  int output = command.output >= 0 ? command.output : STDERR_FILENO;
  posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(actions.get(), output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(actions.get(), output, STDERR_FILENO);
  const char* program = command.arguments.at(0).c_str();
  int error = posix_spawn(&pid_, program, actions.get(), attributes.get(), pointers(command.arguments).data(),
                          pointers(environment).data());
  if (error) throw_errno(error, fmt::format("starting {}", program));
}

ChildProcess::~ChildProcess() {
  if (pid_ <= 0) return;
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Task<int> run_command(EventLoop& loop, Command command, std::chrono::milliseconds limit) {
  ChildProcess child(command);
  if (command.started) command.started(child.pid());
  Outcome outcome;
  EventSource timer = loop.after(limit, [&outcome] { outcome.decided.signal(); });
  EventSource end = loop.child(child.pid(), [&outcome](int status) {
    outcome.status = status;
    outcome.ended = true;
    outcome.decided.signal();
  });
  co_await outcome.decided;
  if (!outcome.ended) fail(ETIMEDOUT, "{} did not end within {} s", command.arguments[0], limit.count() / 1000);
  child.release();
  co_return outcome.status;
}

}  // namespace xenolith::tools
