// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/pci/config_access.hpp"

namespace xenolith::pci {

// Device memory, mapped for the moment of each access. The memory type is the MTRRs' (uncacheable).
class MappedDeviceMemory final : public DeviceMemory {
 public:
  u64 read(MachineAddress address, unsigned size) override;
  void write(MachineAddress address, unsigned size, u64 value) override;
};

}  // namespace xenolith::pci
