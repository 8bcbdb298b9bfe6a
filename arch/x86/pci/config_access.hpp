// SPDX-License-Identifier: MIT
// The edges of the PCI hardware: configuration space and device memory.
#pragma once

#include "arch/x86/pci/sbdf.hpp"

namespace xenolith::pci {

// Configuration space. Accesses are those of is_valid_access(). What is not there reads as all ones and ignores writes.
// Any context; takes LockRank::pci_config at most.
class ConfigAccess {
 public:
  virtual u32 read(Sbdf function, u16 offset, unsigned size) = 0;
  virtual void write(Sbdf function, u16 offset, unsigned size, u32 value) = 0;

 protected:
  ~ConfigAccess() = default;
};

// Registers of devices in memory: naturally aligned accesses of 1, 2, 4 or 8 bytes, exactly as asked.
class DeviceMemory {
 public:
  virtual u64 read(MachineAddress address, unsigned size) = 0;
  virtual void write(MachineAddress address, unsigned size, u64 value) = 0;

 protected:
  ~DeviceMemory() = default;
};

}  // namespace xenolith::pci
