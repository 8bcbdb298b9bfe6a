// SPDX-License-Identifier: MIT
// The console daemon.
#include <signal.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "tools/base/daemon_files.hpp"
#include "tools/base/error.hpp"
#include "tools/base/service_manager.hpp"
#include "tools/console/console_daemon.hpp"
#include "tools/console/saved_backlogs.hpp"
#include "tools/rings/system_ring_gate.hpp"
#include "tools/xenstore/socket_store.hpp"

namespace xenolith::tools::console {
namespace {

// The hypervisor's own console, as a file.
class HypervisorLog {
 public:
  HypervisorLog(Hypervisor& hypervisor, const ConsoleOptions& options, uint32_t position)
      : hypervisor_(hypervisor), file_(options.log_folder + "/hypervisor.log", options.hypervisor_style) {
    position_.index = position;
  }

  void update() {
    while (true) {
      std::string text = hypervisor_.machine.read_console(position_);
      if (text.empty()) return;
      file_.write(text);
    }
  }
  void reopen() { file_.reopen(); }
  uint32_t position() const { return position_.index; }

 private:
  Hypervisor& hypervisor_;
  LogFile file_;
  ConsolePosition position_;
};

// Three for each domain.
constexpr uint64_t descriptors_wanted = 128 << 10;

SavedConsoles load(const std::string& path) {
  try {
    std::string bytes = read_file(path);
    ::unlink(path.c_str());
    return bytes.empty() ? SavedConsoles{} : decode(bytes);
  } catch (const Error& error) {
    ::syslog(LOG_DAEMON | LOG_ERR, "%s", error.what());  // consoles without their backlogs are better than none
    return {};
  }
}

std::unique_ptr<XenStore> connect_store(std::function<void()> on_lost) {
  auto store = SocketStore::connect();
  store->on_lost(std::move(on_lost));
  return store;
}

void serve(const ConsoleOptions& options) {
  Background background(options.fork);
  block_signals();
  allow_descriptors(descriptors_wanted);
  UniqueFd pid_file = write_pid_file(options.pid_file);
  if (options.log_guests || options.log_hypervisor) ::mkdir(options.log_folder.c_str(), 0755);
  EventLoop loop;
  std::optional<uint32_t> virq;
  if (options.log_hypervisor) virq = VIRQ_CON_RING;
  SystemRingGate gate(GrantRef(GNTTAB_RESERVED_CONSOLE), virq);
  SavedConsoles saved = load(options.state_file);
  std::unique_ptr<HypervisorLog> hypervisor_log;
  if (options.log_hypervisor)
    hypervisor_log = std::make_unique<HypervisorLog>(gate.hypervisor(), options, saved.hypervisor_position);
  ConsoleDaemon daemon(loop, gate, connect_store, options, [&] { hypervisor_log->update(); });
  daemon.inherit(std::move(saved.backlogs));
  daemon.begin();
  if (hypervisor_log) hypervisor_log->update();
  background.ready();
  tell_service_manager("READY=1");
  EventSource terminate = loop.signal(SIGTERM, [&] { loop.stop(); });
  EventSource interrupt = loop.signal(SIGINT, [&] { loop.stop(); });
  EventSource reopen = loop.signal(SIGHUP, [&] {
    daemon.reopen_logs();
    if (hypervisor_log) hypervisor_log->reopen();
  });
  loop.run();
  uint32_t position = hypervisor_log ? hypervisor_log->position() : saved.hypervisor_position;
  replace_file(options.state_file, encode(SavedConsoles{daemon.backlogs(), position}));
  ::unlink(options.pid_file.c_str());
}

}  // namespace
}  // namespace xenolith::tools::console

int main(int argc, char** argv) {
  using namespace xenolith::tools;
  try {
    auto options = console::ConsoleOptions::parse(argc, argv);
    if (options.help) fmt::print("{}", console::ConsoleOptions::usage());
    if (options.version) fmt::print("Xen Console Daemon 3.0\n");
    if (!options.help && !options.version) console::serve(options);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "xenconsoled: {}\n", error.what());
    syslog(LOG_DAEMON | LOG_ERR, "%s", error.what());
    return 1;
  }
}
