// SPDX-License-Identifier: MIT
// DomainControl: what the control operations keep of a domain and nobody else needs.
#pragma once

#include <atomic>

#include "core/base/cpu_set.hpp"
#include "core/control/range_set.hpp"
#include "core/control/watchdogs.hpp"

namespace xenolith {

class Vcpu;

// The machine's resources that a domain may use (XEN_DOMCTL_ioport_permission, iomem_permission, irq_permission).
struct Permissions {
  RangeSet ports;       // I/O ports
  RangeSet frames;      // machine frames of devices
  RangeSet interrupts;  // PIRQs
};

class DomainControl {
 public:
  explicit DomainControl(Domain& domain) : watchdogs_{domain} {}

  Watchdogs& watchdogs() { return watchdogs_; }
  Locked<Permissions, LockRank::domain_settings>& permissions() { return permissions_; }

  // XEN_DOMCTL_subscribe: the domain's own port that is sent to, instead of VIRQ_DOM_EXC, when it suspends; 0: none.
  std::atomic<u32> suspend_port{0};

  // XEN_DOMCTL_set_paging_mempool_size, bytes. Page tables come from the heap as they are needed; the size is what a
  // toolstack may read back.
  std::atomic<u64> paging_pool{0};
  std::atomic<bool> is_changing{false};  // see DomainChange

 private:
  Watchdogs watchdogs_;
  Locked<Permissions, LockRank::domain_settings> permissions_;
};

}  // namespace xenolith
