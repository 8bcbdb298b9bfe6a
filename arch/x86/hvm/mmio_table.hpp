// SPDX-License-Identifier: MIT
// MmioTable: which virtual devices a domain has in its guest-physical memory, beside its APICs.
#pragma once

#include <atomic>

#include "arch/x86/insn/outcome.hpp"
#include "core/base/own.hpp"

namespace xenolith {
class Vcpu;
}

namespace xenolith::hvm {

// Called on the vCPU's CPU, no lock held; calls of several vCPUs may overlap. Sizes are 1, 2, 4 or 8 bytes; an access
// is not aligned of necessity, but stays in its page. Outcome::retry() for one that must wait: the handler has stopped
// the vCPU, which makes the same access again when it is resumed.
class MmioHandler {
 public:
  virtual bool contains(GuestPhysical address) const = 0;
  virtual Attempt<u64> read(Vcpu& vcpu, GuestPhysical address, unsigned size) = 0;
  virtual Outcome write(Vcpu& vcpu, GuestPhysical address, unsigned size, u64 value) = 0;

 protected:
  ~MmioHandler() = default;
};

// Handlers are added and never taken away; look-ups take no lock.
class MmioTable {
 public:
  MmioTable() = default;
  MmioTable(const MmioTable&) = delete;
  MmioTable& operator=(const MmioTable&) = delete;
  ~MmioTable();

  // The handler outlives the table; later ones are asked first. One caller at a time. ENOMEM.
  Result<void> add(MmioHandler& handler);
  // nullptr where there is none.
  MmioHandler* find(GuestPhysical address) const;

 private:
  struct Entry {
    MmioHandler& handler;
    Entry* next;
  };
  std::atomic<Entry*> head_{nullptr};
};

}  // namespace xenolith::hvm
