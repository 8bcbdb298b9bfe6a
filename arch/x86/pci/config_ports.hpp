// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

#include "arch/x86/pci/virtual_pci.hpp"

namespace xenolith::pci {

// The hardware domain's ports 0xcf8 to 0xcff: PCI configuration mechanism #1. One address register for all vCPUs, as in
// a machine.
// Source: PCI Local Bus Specification 3.0, "Software Generation of Configuration Transactions".
class ConfigPorts {
 public:
  explicit ConfigPorts(VirtualPci& pci) : pci_{pci} {}

  // An access of 1, 2 or 4 bytes at `port`, 0xcf8 to 0xcff. Reads set `value`: all ones where nothing answers.
  void access(u16 port, unsigned size, bool is_write, u32& value);

 private:
  VirtualPci& pci_;
  std::atomic<u32> address_{0};  // one word on its own: ordered with nothing; the guest locks its two-step accesses
};

}  // namespace xenolith::pci
