// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "tools/control/types.hpp"

namespace xenolith::tools {

// Where things are and how long they may take. The defaults are Debian's places and libxl's times.
struct ToolstackSettings {
  std::string scripts = "/etc/xen/scripts";  // hotplug scripts
  std::string state = "/var/lib/xen";        // userdata-* files
  std::string run = "/run/xen";              // sockets of device models
  std::string kernel_cache;                  // unpacked kernels; empty: none are kept
  std::string log = "/var/log/xen";          // qemu-dm-NAME.log, qdisk-N.log
  std::string device_model = "/usr/libexec/xen-qemu-system-i386";
  DomainId own_domain{0};                    // the domain this process runs in
  bool is_devd = false;                      // this process is devd
  // Whether the toolstack runs hotplug scripts and qemu for backends in dom0 itself; else devd does it.
  bool run_hotplug_scripts = true;

  std::chrono::milliseconds backend_start{10'000};   // backend directory written -> backend waits for its frontend
  std::chrono::milliseconds backend_end{10'000};     // asked to close -> closed
  std::chrono::milliseconds script{40'000};          // one run of a script
  std::chrono::milliseconds device_model_start{60'000};
  std::chrono::milliseconds shutdown_answer{60'000}; // guest told to shut down -> it takes the request
};

}  // namespace xenolith::tools
