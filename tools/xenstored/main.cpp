// SPDX-License-Identifier: MIT
// The xenstore daemon.
#include <signal.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <charconv>

#include "tools/base/daemon_files.hpp"
#include "tools/base/error.hpp"
#include "tools/base/service_manager.hpp"
#include "tools/rings/system_ring_gate.hpp"
#include "tools/xenstored/handover.hpp"
#include "tools/xenstored/journal_file.hpp"
#include "tools/xenstored/options.hpp"
#include "tools/xenstored/trace.hpp"

namespace xenolith::tools::xenstored {
namespace {

// One for each client in dom0; that is one for each domain whose end some process waits for.
constexpr uint64_t descriptors_wanted = 128 << 10;
constexpr const char* own_program = "/proc/self/exe";

// Where Xen's clients look for the sockets.
std::string run_directory() {
  const char* given = std::getenv("XENSTORED_RUNDIR");
  return given ? given : "/run/xenstored";
}

// The port of this domain's own kernel.
Port own_port() {
  std::string text = read_file("/proc/xen/xsd_port");
  uint32_t port = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), port).ec != std::errc() || port == 0)
    fail(ENOENT, "/proc/xen/xsd_port names no port: this is not the control domain, or xenfs is not mounted");
  return Port(port);
}

class Program {
 public:
  Program(int argc, char** argv) : options_(Options::parse(argc, argv)), arguments_(argv), program_(own_program) {}

  int run() {
    if (options_.help) {
      fmt::print("{}", Options::usage());
      return 0;
    }
    Background background(options_.fork && !inherited_.same_process());
    block_signals();
    allow_descriptors(descriptors_wanted);
    EventLoop loop;
    SystemRingGate gate(GrantRef(GNTTAB_RESERVED_XENSTORE), VIRQ_DOM_EXC, "/proc/xen/xsd_kva");
    Daemon daemon(loop, gate);
    begin(loop, daemon);
    background.ready();
    tell_service_manager("READY=1");
    loop_ = &loop;
    daemon.on_control = [&](const auto& words) { return control(daemon, words); };
    EventSource terminate = loop.signal(SIGTERM, [&] { loop.stop(); });
    EventSource interrupt = loop.signal(SIGINT, [&] { loop.stop(); });
    EventSource reopen = loop.signal(SIGHUP, [&] { trace_.resume(daemon.store()); });
    loop.run();
    end(daemon);
    return 0;
  }

 private:
  void begin(EventLoop& loop, Daemon& daemon) {
    ::mkdir(directory_.c_str(), 0755);
    pid_file_ = inherited_.take("pid");
    if (!pid_file_ && !options_.pid_file.empty()) pid_file_ = write_pid_file(options_.pid_file);
    daemon.store().limits = options_.limits;
    daemon.store().keep_orphans = options_.keep_orphans;
    daemon.event_timeout = options_.event_timeout;
    if (!options_.trace_file.empty()) trace_.open(options_.trace_file, daemon.store());
    std::string state = read_file(state_file_), journal;
    if (state.empty()) {
      state = journal_.base();  // of a daemon that was killed, if there is one
      journal = journal_.records();
    }
    daemon.begin(state, journal, [this](int number) { return inherited_.take(client_name(number)); });
    journal_.begin(loop, daemon.store());
    ::unlink(state_file_.c_str());
    if (options_.introduce_self) daemon.introduce_self(own_port());
    listen(daemon, "socket", 0600, false);
    listen(daemon, "socket_ro", 0660, true);
    if (options_.output_pid) fmt::print("{}\n", ::getpid());
    tell(LOG_INFO, fmt::format("xenstored serves {} domains{}", daemon.store().domains().size(),
                               state.empty() ? "" : ", with the tree of its predecessor"));
  }

  void listen(Daemon& daemon, const std::string& name, unsigned mode, bool read_only) {
    UniqueFd socket = inherited_.take(name);
    if (!socket) socket = listen_at(directory_ + "/" + name, mode);
    listening_[name] = socket.get();
    daemon.listen(std::move(socket), read_only);
  }

  // What a successor needs, by name.
  std::map<std::string, int> descriptors(const Daemon& daemon) const {
    auto descriptors = listening_;
    for (int fd : daemon.clients()) descriptors[client_name(fd)] = fd;
    return descriptors;
  }

  void end(Daemon& daemon) {
    bool sockets_stay = store_descriptors(descriptors(daemon));
    replace_file(state_file_, daemon.state(sockets_stay));
    journal_.end(daemon.store());
    if (!options_.pid_file.empty()) ::unlink(options_.pid_file.c_str());
    tell(LOG_INFO, "xenstored ends; its tree waits for the next");
  }

  void update(Daemon& daemon) {
    auto handed_on = descriptors(daemon);
    if (pid_file_) handed_on["pid"] = pid_file_.get();
    replace_file(state_file_, daemon.state(true));
    try {
      exec_successor(program_, arguments_, handed_on);
    } catch (const Error& error) {
      ::unlink(state_file_.c_str());
      tell(LOG_ERR, error.what());
    }
  }

  std::optional<std::string> control(Daemon& daemon, const std::vector<std::string_view>& words) {
    if (words[0] == "log") {
      if (words.size() != 2) return std::nullopt;
      words[1] == "on" ? trace_.resume(daemon.store()) : trace_.stop(daemon.store());
      return "OK";
    }
    if (words[0] == "logfile" && words.size() == 2) {
      trace_.open(std::string(words[1]), daemon.store());
      return "OK";
    }
    if (words[0] == "print" && words.size() == 2) {
      tell(LOG_NOTICE, std::string(words[1]));
      return "OK";
    }
    if (words[0] == "live-update" && words.size() >= 2) return live_update(daemon, words);
    return std::nullopt;
  }

  // -f FILE names the program to be run, -a goes back to the running one, -s starts it.
  std::optional<std::string> live_update(Daemon& daemon, const std::vector<std::string_view>& words) {
    if (words[1] == "-s") {
      update_ = loop_->soon([this, &daemon] { update(daemon); });
    } else if (words[1] == "-a") {
      program_ = own_program;
    } else if (words[1] == "-f" && words.size() == 3) {
      std::string program(words[2]);
      if (::access(program.c_str(), X_OK) < 0) fail_errno("{}", program);
      program_ = program;
    } else {
      return std::nullopt;
    }
    return "OK";
  }

  void tell(int priority, const std::string& text) {
    if (options_.verbose) fmt::print(stderr, "xenstored: {}\n", text);
    ::syslog(LOG_DAEMON | priority, "%s", text.c_str());
    trace_.line(text);
  }

  Options options_;
  char** arguments_;
  std::string program_;
  std::string directory_ = run_directory();
  std::string state_file_ = directory_ + "/state";
  Inherited inherited_;
  UniqueFd pid_file_;
  std::map<std::string, int> listening_;
  JournalFile journal_{directory_ + "/base", directory_ + "/journal"};
  Trace trace_;
  EventLoop* loop_ = nullptr;
  EventSource update_;
};

}  // namespace
}  // namespace xenolith::tools::xenstored

int main(int argc, char** argv) {
  try {
    return xenolith::tools::xenstored::Program(argc, argv).run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "xenstored: {}\n", error.what());
    syslog(LOG_DAEMON | LOG_ERR, "%s", error.what());
    return 1;
  }
}
