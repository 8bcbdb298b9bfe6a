// SPDX-License-Identifier: MIT
#include "tools/devd/devd.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "tools/base/error.hpp"
#include "tools/base/event_loop.hpp"
#include "tools/base/service_manager.hpp"
#include "tools/base/unique_fd.hpp"
#include "tools/devd/backend_daemon.hpp"
#include "tools/xenstore/socket_store.hpp"

namespace xenolith::tools {
namespace {

constexpr const char* log_path = "/var/log/xen/xl-devd.log";
constexpr const char* default_pid_file = "/run/xen/devd.pid";

// A file with the process's number, removed at the end.
class PidFile {
 public:
  explicit PidFile(std::string path) : path_(std::move(path)) {
    if (path_.empty()) return;
    UniqueFd file(check(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), "making {}", path_));
    std::string text = std::to_string(::getpid()) + "\n";
    check(::write(file.get(), text.data(), text.size()), "writing {}", path_);
  }
  ~PidFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

 private:
  std::string path_;
};

DomainId own_domain(const XenStore& store) {
  auto text = store.find("domid");
  if (!text) fail(ENOENT, "this domain has no xenstore node 'domid': is it a driver domain (driver_domain=1)?");
  return DomainId(static_cast<uint16_t>(std::strtoul(text->c_str(), nullptr, 10)));
}

void print(const std::string& line) {
  std::fprintf(stderr, "devd: %s\n", line.c_str());
  std::fflush(stderr);
}

int serve(const std::string& pid_file, const std::function<void()>& ready) {
  EventLoop loop;
  auto store = SocketStore::connect();
  store->keep_connected(EventLoop::Clock::duration::max());
  ToolstackSettings settings;
  settings.own_domain = own_domain(*store);
  bool lost = false;
  store->on_lost([&] {
    print("xenstored has gone");
    lost = true;
    loop.stop();
  });
  PidFile file(pid_file);
  BackendDaemon daemon(loop, *store, settings, print);
  daemon.start();
  EventSource terminate = loop.signal(SIGTERM, [&] { loop.stop(); });
  EventSource interrupt = loop.signal(SIGINT, [&] { loop.stop(); });
  EventSource told = loop.soon([&] {
    tell_service_manager("READY=1");
    ready();
  });
  loop.run();
  tell_service_manager("STOPPING=1");
  return lost ? 1 : 0;
}

// In the child: away from the terminal, messages to the log.
void detach() {
  ::setsid();
  check(::chdir("/"), "changing to /");
  ::mkdir("/var/log/xen", 0755);
  UniqueFd log(check(::open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), "opening {}", log_path));
  UniqueFd null(check(::open("/dev/null", O_RDONLY | O_CLOEXEC), "opening /dev/null"));
  ::dup2(null.get(), STDIN_FILENO);
  ::dup2(log.get(), STDOUT_FILENO);
  ::dup2(log.get(), STDERR_FILENO);
}

int serve_in_background(const std::string& pid_file) {
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC), "making a pipe");
  UniqueFd read_end(ends[0]), write_end(ends[1]);
  if (check(::fork(), "starting the daemon") > 0) {
    write_end.reset();
    char byte = 0;
    if (::read(read_end.get(), &byte, 1) != 1) fail(EIO, "the daemon did not start; see {}", log_path);
    return 0;
  }
  read_end.reset();
  detach();
  int status = 1;
  try {
    status = serve(pid_file, [&] {
      if (::write(write_end.get(), "", 1) != 1) print("the one who started it has gone");
      write_end.reset();
    });
  } catch (const Error& error) {
    print(error.what());
  }
  ::_exit(status);
}

}  // namespace

int run_devd(const DevdOptions& options) {
  block_signals();
  ::mkdir("/run/xen", 0755);
  if (options.foreground) return serve(options.pid_file, [] {});
  return serve_in_background(options.pid_file.empty() ? default_pid_file : options.pid_file);
}

}  // namespace xenolith::tools
