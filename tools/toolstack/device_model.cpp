// SPDX-License-Identifier: MIT
#include "tools/toolstack/device_model.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tools/base/error.hpp"
#include "tools/base/failure_point.hpp"
#include "tools/base/join.hpp"
#include "tools/base/process.hpp"
#include "tools/toolstack/device_record.hpp"
#include "tools/xenstore/wait.hpp"

namespace xenolith::tools {
namespace {

using namespace std::chrono_literals;

constexpr auto polite_end = 5s;  // after SIGHUP; then it is killed
constexpr size_t log_tail = 300; // bytes of its log in an error message

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Whether the process was started with "-xen-domid GUEST".
bool is_model_of(pid_t pid, DomainId guest) {
  using namespace std::string_literals;
  std::string arguments = contents(fmt::format("/proc/{}/cmdline", pid));
  return arguments.find("-xen-domid\0"s + std::to_string(guest.value()) + "\0"s) != std::string::npos;
}

std::string tail_of(const std::string& path) {
  std::string text = contents(path);
  if (text.size() > log_tail) text.erase(0, text.size() - log_tail);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

// Ends a start that was not completed.
struct StartGuard {
  XenStore& store;
  std::string pid_path;
  ChildProcess child;
  bool complete = false;

  ~StartGuard() {
    if (complete) {
      child.release();
      return;
    }
    try {
      store.remove(pid_path);
    } catch (const Error&) {
      return;  // xenstored is gone, and the node with it
    }
  }
};

}  // namespace

std::string DeviceModels::pid_path(DomainId guest) const {
  // As libxl: the toolstack keeps it with the guest, a driver domain in a place of its own.
  if (settings_.is_devd) return fmt::format("{}/libxl/{}/qdisk-backend-pid", domain_path(settings_.own_domain), guest);
  return domain_path(guest) + "/image/device-model-pid";
}

std::string DeviceModels::state_path(DomainId guest) const {
  return fmt::format("{}/device-model/{}/state", domain_path(settings_.own_domain), guest);
}

pid_t DeviceModels::running(DomainId guest) const {
  auto text = store_.find(pid_path(guest));
  if (!text) return 0;
  long pid = std::strtol(text->c_str(), nullptr, 10);
  if (pid <= 1 || pid > INT32_MAX || !is_model_of(static_cast<pid_t>(pid), guest)) return 0;
  return static_cast<pid_t>(pid);
}

Command DeviceModels::command(DomainId guest, const std::string& name, const std::vector<ChannelConfig>& channels) const {
  Command command;
  command.arguments = {settings_.device_model, "-xen-domid", std::to_string(guest.value()), "-xen-attach", "-name", name,
                       "-no-shutdown", "-nodefaults", "-no-user-config", "-nographic", "-M", "xenpv",
                       "-monitor", "/dev/null", "-serial", "/dev/null", "-parallel", "/dev/null"};
  for (const auto& channel : channels) {
    if (channel.connection != ChannelConnection::socket) continue;
    command.arguments.push_back("-chardev");
    command.arguments.push_back(
        fmt::format("socket,id=libxl-channel{},path={},server=on,wait=off", channel.devid.value_or(1), channel.path));
  }
  command.environment["XEN_QEMU_CONSOLE_LIMIT"] = "1048576";
  return command;
}

Task<> DeviceModels::wait_until_ready(DomainId guest, pid_t pid, std::string log) {
  UniqueFd process = open_process(pid);
  std::string state = state_path(guest);
  bool ended = false;
  Event changed;
  EventSource end;
  if (process)
    end = loop_.watch(process.get(), EPOLLIN, [&](uint32_t) {
      ended = true;
      end = {};
      changed.signal();
    });
  StoreWatch watch = store_.watch(loop_, state, [&](const std::string&) { changed.signal(); });
  while (store_.find(state) != "running") {
    if (ended) fail(EIO, "{} for domain {} ended at its start: {}", settings_.device_model, guest, tail_of(log));
    co_await changed;
  }
}

Task<> DeviceModels::start(DomainId guest, std::string guest_name, std::vector<ChannelConfig> channels) {
  if (running(guest)) co_return;
  failure_point("starting the device model");
  ::mkdir(settings_.log.c_str(), 0755);
  std::string log = settings_.is_devd ? fmt::format("{}/qdisk-{}.log", settings_.log, guest)
                                      : fmt::format("{}/qemu-dm-{}.log", settings_.log, guest_name);
  UniqueFd output(check(::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), "making {}", log));
  store_.remove(state_path(guest));
  Command what = command(guest, guest_name, channels);
  what.output = output.get();
  StartGuard guard{store_, pid_path(guest), ChildProcess(what)};
  store_.write(guard.pid_path, std::to_string(guard.child.pid()));
  pid_t pid = guard.child.pid();
  bool ready = co_await within(loop_, settings_.device_model_start, wait_until_ready(guest, pid, log));
  if (!ready) fail(ETIMEDOUT, "{} for domain {} does not come up", settings_.device_model, guest);
  guard.complete = true;
}

Task<> DeviceModels::wait_for_end(DomainId guest) {
  pid_t pid = running(guest);
  UniqueFd process;
  if (pid) process = open_process(pid);
  if (!process) co_return;
  co_await wait_for_process(loop_, process);
  ::waitpid(pid, nullptr, WNOHANG);  // if it is this process's child
}

Task<> DeviceModels::stop(DomainId guest) {
  if (pid_t pid = running(guest)) {
    UniqueFd process = open_process(pid);
    ::kill(pid, SIGHUP);
    bool ended = false;
    if (process) ended = co_await within(loop_, polite_end, wait_for_process(loop_, process));
    if (!ended) ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, WNOHANG);  // if it is this process's child
  }
  if (settings_.is_devd)
    store_.remove(fmt::format("{}/libxl/{}", domain_path(settings_.own_domain), guest));
  else
    remove_with_empty_parents(store_, pid_path(guest));
  store_.remove(fmt::format("{}/device-model/{}", domain_path(settings_.own_domain), guest));
}

}  // namespace xenolith::tools
