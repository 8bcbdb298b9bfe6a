// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace xenolith::tools {

struct DevdOptions {
  bool foreground = false;  // -F
  std::string pid_file;     // -p; empty: /run/xen/devd.pid in the background, none in the foreground
};

// `xl devd` and the program xenolith-devd: serves the backends of this domain until SIGTERM or SIGINT. In the background it
// returns in the parent as soon as the daemon serves, and logs to /var/log/xen/xl-devd.log. Tells systemd when it is ready.
// Returns the exit status. Throws Error if it cannot start.
int run_devd(const DevdOptions& options);

}  // namespace xenolith::tools
