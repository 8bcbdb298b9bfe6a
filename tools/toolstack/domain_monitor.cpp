// SPDX-License-Identifier: MIT
#include "tools/toolstack/domain_monitor.hpp"

#include <ctime>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

using namespace std::chrono_literals;

// A guest that dies at once is not restarted more often than this.
constexpr auto shortest_life = 1s;

using Log = std::function<void(const std::string&)>;

// Core dumps and soft resets are not there; what comes after them is.
ShutdownAction possible_action(ShutdownAction action, const Log& log) {
  switch (action) {
    case ShutdownAction::coredump_destroy:
      log("core dumps are not there; destroying the domain");
      return ShutdownAction::destroy;
    case ShutdownAction::coredump_restart:
      log("core dumps are not there; restarting the domain");
      return ShutdownAction::restart;
    case ShutdownAction::soft_reset:
      log("soft resets are not there; destroying the domain");
      return ShutdownAction::destroy;
    default: return action;
  }
}

ShutdownAction decide(const DomainConfig& config, DomainId domain, ShutdownReason reason, const Log& log) {
  unsigned code = static_cast<unsigned>(reason);
  log(fmt::format("Domain {} has shut down, reason code {} {:#x}", domain, code, code));
  ShutdownAction action = action_for(config, reason);
  log(fmt::format("Action for shutdown reason code {} is {}", code, action_name(action)));
  return possible_action(action, log);
}

// Makes room for the successor of a domain that has shut down.
Task<> put_aside(Toolstack& toolstack, DomainId domain, const std::string& name, ShutdownAction action) {
  if (action == ShutdownAction::rename_restart)
    toolstack.preserve(domain, preserved_name(name, std::time(nullptr)), Uuid::random());
  else
    co_await toolstack.destroy(domain);
}

}  // namespace

ShutdownAction action_for(const DomainConfig& config, ShutdownReason reason) {
  switch (reason) {
    case ShutdownReason::poweroff: return config.on_poweroff;
    case ShutdownReason::reboot: return config.on_reboot;
    case ShutdownReason::suspend: return ShutdownAction::preserve;
    case ShutdownReason::crash: return config.on_crash;
    case ShutdownReason::watchdog: return config.on_watchdog;
    case ShutdownReason::soft_reset: return config.on_soft_reset;
  }
  return ShutdownAction::destroy;
}

std::string preserved_name(const std::string& name, int64_t seconds_since_1970) {
  std::time_t time = seconds_since_1970;
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  std::strftime(text, sizeof text, "-%Y%m%dT%H%MZ", &parts);
  return name + text;
}

Task<> monitor_domain(Toolstack& toolstack, DomainId domain, DomainConfig config, CreateOptions restart_options,
                      std::function<void(const std::string& line)> log) {
  restart_options.paused = false;
  while (true) {
    auto born = EventLoop::Clock::now();
    log(fmt::format("Waiting for domain {} (domid {}) to die", toolstack.name(domain), domain));
    DomainEnd end = co_await toolstack.wait_for_end(domain);
    if (end.gone) {
      log(fmt::format("Domain {} has been destroyed.", domain));
      co_return;
    }
    ShutdownAction action = decide(config, domain, end.reason, log);
    if (action == ShutdownAction::preserve) co_return;
    bool again = action != ShutdownAction::destroy;
    config.name = toolstack.name(domain);
    if (again) config = toolstack.current_config(domain).value_or(config);
    log(fmt::format("Domain {} needs to be cleaned up", domain));
    co_await put_aside(toolstack, domain, config.name, action);
    if (!again) {
      log("Done. Exiting now");
      co_return;
    }
    log("Done. Rebooting now");
    auto life = EventLoop::Clock::now() - born;
    if (life < shortest_life) co_await Sleep(toolstack.loop(), shortest_life - life);
    domain = co_await toolstack.create(config, restart_options);
  }
}

}  // namespace xenolith::tools
