// SPDX-License-Identifier: MIT
#include "tools/toolstack/hotplug.hpp"

#include <sys/wait.h>

#include "tools/base/error.hpp"
#include "tools/base/failure_point.hpp"
#include "tools/toolstack/device_record.hpp"
#include "tools/toolstack/running_script.hpp"

namespace xenolith::tools {
namespace {

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was killed by signal {}", WTERMSIG(status));
  return fmt::format("ended with status {}", WEXITSTATUS(status));
}

void add_vif(Command& command, const StoreView& store, const Device& device, const std::string& backend) {
  command.environment["vif"] = vif_name(device);
  command.environment["netdev"] = store.find(backend + "/gatewaydev").value_or("");
  command.arguments.push_back("type_if=vif");
}

}  // namespace

std::optional<Command> hotplug_command(const StoreView& store, const Device& device, HotplugAction action) {
  if (!device.has_script()) return std::nullopt;
  std::string backend = backend_path(device);
  auto script = store.find(backend + "/script");
  if (!script || script->empty()) return std::nullopt;
  std::string type(kind_name(device.backend_kind));
  bool add = action == HotplugAction::add;
  bool network = device.backend_kind == DeviceKind::vif;
  Command command;
  command.arguments = {*script, network ? (add ? "online" : "offline") : (add ? "add" : "remove")};
  command.environment = {{"script", *script},
                         {"XENBUS_TYPE", type},
                         {"XENBUS_PATH", fmt::format("backend/{}/{}/{}", type, device.domain, device.id)},
                         {"XENBUS_BASE_PATH", "backend"}};
  if (network) add_vif(command, store, device, backend);
  return command;
}

Task<> HotplugRunner::run(Device device, HotplugAction action) {
  auto command = hotplug_command(store_, device, action);
  if (!command) co_return;
  failure_point("running a hotplug script");
  RunningScript running(settings_, device);
  bool other = co_await running.wait_for_other(loop_, settings_.script);
  if (other && action == HotplugAction::add && is_plugged(store_, device)) co_return;
  std::string what = command->arguments[0] + " " + command->arguments[1];
  command->started = [&running](pid_t pid) { running.note(pid); };
  int status = co_await run_command(loop_, std::move(*command), settings_.script);
  if (status == 0) co_return;
  auto reason = store_.find(backend_path(device) + "/hotplug-error");
  fail(EIO, "{} for {} {} of domain {} {}", what, kind_name(device.kind), device.id, device.domain,
       reason ? "failed: " + *reason : how_it_ended(status));
}

}  // namespace xenolith::tools
