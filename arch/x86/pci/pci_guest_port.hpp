// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/cpu_set.hpp"
#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith::pci {

// What virtual PCI needs of the hardware domain. Its guest-physical map is the identity.
class PciGuestPort {
 public:
  // Sends a message signalled interrupt as the domain programmed it to its virtual local APICs. Interrupt context; see
  // irq::InterruptAction::fire() for the locks.
  virtual void deliver_msi(u64 address, u32 data) = 0;
  // The physical CPUs where interrupts with this message of the domain's are best taken; may be empty.
  // LockRank::pci_device is held.
  virtual CpuSet preferred_cpus(u64 address, u32 data) = 0;

  // From the return on, the domain's accesses to these frames come to VirtualPci::memory_access(). untrap_pages() maps
  // them to the device again. Frames are trapped at most once at a time. Locks up to LockRank::pci_msix_tables are
  // held.
  virtual Result<void> trap_pages(Gfn first, u64 count) = 0;
  virtual void untrap_pages(Gfn first, u64 count) = 0;
  // Whether all of this is where devices may be: neither RAM nor the hypervisor's own (APICs). The hypervisor writes
  // only to device registers for which this was true.
  virtual bool is_device_memory(MachineAddress first, u64 size) = 0;

 protected:
  ~PciGuestPort() = default;
};

}  // namespace xenolith::pci
