// SPDX-License-Identifier: MIT
// What commands work on. Connections are made at first use, so that a command that does not need xenstore works without
// it.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "tools/toolstack/toolstack.hpp"
#include "tools/xl/global_config.hpp"

namespace xenolith::tools::xl {

class Context {
 public:
  Context() = default;
  // For tests: what is there already. All must outlive this object.
  Context(Hypervisor& hypervisor, XenStore& store) : hypervisor_(&hypervisor), store_(&store) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // Throw Error if it cannot be reached.
  Hypervisor& hypervisor();
  XenStore& store();
  EventLoop& loop();
  Toolstack& toolstack();
  // In a child process: connections of the parent are not used any more, new ones are made.
  void reconnect();

  // How long xenstored may be away, as when it is restarted. To be set before store() is called.
  EventLoop::Clock::duration xenstored_patience = std::chrono::seconds(60);

  // Global options of the command line.
  int verbosity = 0;      // -v, repeatable
  bool dry_run = false;   // -N
  bool force = false;     // -f
  GlobalConfig settings;  // xl.conf

 private:
  Hypervisor* hypervisor_ = nullptr;
  XenStore* store_ = nullptr;
  std::unique_ptr<Hypervisor> own_hypervisor_;
  std::unique_ptr<EventLoop> loop_;  // outlives what is in it
  std::unique_ptr<XenStore> own_store_;
  std::unique_ptr<Toolstack> toolstack_;
};

}  // namespace xenolith::tools::xl
