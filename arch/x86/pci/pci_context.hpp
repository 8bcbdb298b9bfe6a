// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/irq/host_interrupts.hpp"
#include "arch/x86/pci/config_access.hpp"
#include "arch/x86/pci/pci_guest_port.hpp"

namespace xenolith::pci {

class MsixTables;

// What the parts of a virtual device share. All of it outlives the devices.
struct PciContext {
  ConfigAccess& config;
  DeviceMemory& memory;
  irq::HostInterrupts& interrupts;
  PciGuestPort& guest;
  MsixTables& tables;
};

}  // namespace xenolith::pci
