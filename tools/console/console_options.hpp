// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <tools_arch/defaults.hpp>

#include "tools/console/guest_console.hpp"

namespace xenolith::tools::console {

// The command line of xenconsoled; names are those of Xen's.
struct ConsoleOptions {
  bool fork = true;
  bool help = false, version = false;
  bool log_guests = false, log_hypervisor = false;
  bool serial_lines = arch::has_serial_lines;  // whether guests may have them; no option
  LogStyle guest_style, hypervisor_style;
  Overflow overflow = Overflow::wait_for_clients;
  std::string log_folder = "/var/log/xen/console";
  std::string pid_file = "/run/xenconsoled.pid";
  std::string state_file = "/run/xenconsoled.state";  // backlogs between a stop and a start

  // Throws Error(EINVAL) with a sentence for the person who typed it.
  static ConsoleOptions parse(int argc, char** argv);
  static const char* usage();
};

}  // namespace xenolith::tools::console
