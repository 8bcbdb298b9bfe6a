// SPDX-License-Identifier: MIT
// The hypervisor below this domain. One object may be used from several threads; errors are exceptions (Error) that
// name the operation and the domain.
//
//   auto hypervisor = Hypervisor::open();
//   DomainId domain = hypervisor->domains.create({.handle = Uuid::random(), .max_vcpus = 2});
//   hypervisor->domains.make_vcpus(domain, 2);
//
// In unit tests: FakePort fake; Hypervisor hypervisor(fake);
#pragma once

#include <memory>

#include "tools/control/domains.hpp"
#include "tools/control/event_channels.hpp"
#include "tools/control/guest_memory.hpp"
#include "tools/control/machine.hpp"
#include "tools/control/port.hpp"
#include "tools/control/scheduling.hpp"
#include "tools/control/vcpus.hpp"

namespace xenolith::tools {

class Hypervisor {
 public:
  // The hypervisor of this machine; throws Error if it cannot be reached.
  static std::unique_ptr<Hypervisor> open() { return std::make_unique<Hypervisor>(open_system_port()); }

  // port: must outlive this object.
  explicit Hypervisor(HypercallPort& port)
      : domains(port), vcpus(port), memory(port), ports(port), scheduling(port), machine(port), port_(port) {}
  explicit Hypervisor(std::unique_ptr<HypercallPort> port) : Hypervisor(*port) { owned_ = std::move(port); }
  Hypervisor(const Hypervisor&) = delete;
  Hypervisor& operator=(const Hypervisor&) = delete;

  Domains domains;
  Vcpus vcpus;
  GuestMemory memory;
  EventPorts ports;
  Scheduling scheduling;
  Machine machine;

  HypercallPort& port() { return port_; }

 private:
  HypercallPort& port_;
  std::unique_ptr<HypercallPort> owned_;
};

}  // namespace xenolith::tools
