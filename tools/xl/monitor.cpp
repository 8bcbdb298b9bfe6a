// SPDX-License-Identifier: MIT
#include "tools/xl/monitor.hpp"

#include "tools/base/child_process.hpp"
#include "tools/base/error.hpp"
#include "tools/toolstack/domain_monitor.hpp"
#include "tools/xl/log_file.hpp"

namespace xenolith::tools::xl {

void start_monitor(Context& context, DomainId domain, const std::string& name) {
  UniqueFd log = open_log(context.toolstack().settings().log, "xl-" + name);
  Command command;
  command.arguments = {"/proc/self/exe", "monitor", std::to_string(domain.value()),
                       context.hypervisor().domains.info(domain).handle.text()};
  command.output = log.get();
  ChildProcess child(command);
  child.release();
}

void run_monitor(Context& context, DomainId domain, DomainConfig config) {
  auto log = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  run_task(context.loop(), monitor_domain(context.toolstack(), domain, std::move(config), {}, log));
}

}  // namespace xenolith::tools::xl
