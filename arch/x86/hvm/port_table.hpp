// SPDX-License-Identifier: MIT
// PortTable: which virtual device answers at which I/O ports of a domain.
#pragma once

#include <atomic>

#include "arch/x86/insn/outcome.hpp"
#include "core/base/own.hpp"

namespace xenolith {
class Domain;
class Vcpu;
}  // namespace xenolith

namespace xenolith::hvm {

// Called on the vCPU's CPU, no lock held; calls of several vCPUs may overlap. Sizes are 1, 2 or 4 bytes. An access may
// begin inside the registered range and end outside. Outcome::retry() for one that must wait: the handler has stopped
// the vCPU, which makes the same access again when it is resumed.
class PortHandler {
 public:
  virtual Attempt<u32> read(Vcpu& vcpu, u16 port, unsigned size) = 0;
  virtual Outcome write(Vcpu& vcpu, u16 port, unsigned size, u32 value) = 0;

 protected:
  ~PortHandler() = default;
};

// Entries are added and never taken away; look-ups take no lock.
class PortTable {
 public:
  PortTable() = default;
  PortTable(const PortTable&) = delete;
  PortTable& operator=(const PortTable&) = delete;
  ~PortTable();

  // The ports first..last. The handler outlives the table. One caller at a time. ENOMEM; EEXIST: a port has a handler;
  // EINVAL.
  Result<void> add(u16 first, u16 last, PortHandler& handler);
  // nullptr where there is none.
  PortHandler* find(u16 port) const;

 private:
  struct Entry {
    u16 first, last;
    PortHandler& handler;
    Entry* next;
  };
  std::atomic<Entry*> head_{nullptr};
};

// Adds a handler and makes accesses to its ports exit. Errors of PortTable::add().
Result<void> register_port_handler(Domain& domain, u16 first, u16 last, PortHandler& handler);
// The ports read as all ones and ignore writes: for devices of the machine that the hypervisor keeps.
Result<void> hide_ports(Domain& domain, u16 first, u16 last);

}  // namespace xenolith::hvm
