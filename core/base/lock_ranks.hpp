// SPDX-License-Identifier: MIT
// The order in which locks may be taken: a CPU that holds a lock may take only locks of a higher rank.
// docs/locking.md is generated from this list by scripts/lock-order; the text behind each rank is its row.
#pragma once

#include "core/base/types.hpp"

namespace xenolith {

enum class LockRank : u8 {
  domain_list = 10,      // the list of domains: creation, destruction, look-up by walking
  domain_control = 20,   // one domain's life cycle: control operations on it
  cpupool = 24,          // cpupool membership of CPUs and domains
  grant_table = 30,      // one domain's grant table version, frames and limits
  grant_maptrack = 32,   // one domain's maptrack free list
  grant_entry = 34,      // one grant entry's use counts
  event_table = 40,      // one domain's event channel table (allocation, binding)
  event_channel = 42,    // one event channel's state
  pci_list = 44,         // the list of PCI devices and ECAM regions
  guest_gsi = 45,        // which of the machine's interrupt lines are bound to the hardware domain
  pci_device = 46,       // one PCI device's virtual configuration space
  pci_msix_tables = 47,  // where MSI-X tables lie that must be trapped
  hardware_map = 48,     // which addresses of devices the hardware domain does not reach directly
  irq_routing = 49,      // host interrupt descriptors
  irq_vectors = 50,      // one CPU's use of interrupt vectors
  p2m = 51,              // one domain's guest-physical map
  guest_memory = 52,     // one domain's memory map as told to it; claims of free memory
  domain_settings = 53,  // what control operations keep of one domain
  domain_pages = 54,     // one domain's page list and counts
  io_apic_virtual = 56,  // one domain's virtual IO-APICs
  virtual_device = 57,   // one emulated device's registers
  event_queue = 60,      // one vCPU's FIFO queue tails
  scheduler = 66,        // one CPU's run queue
  scheduler_budget = 68, // budgets of domains with a CPU cap
  runstate = 69,         // one vCPU's times in its states
  timer = 70,            // one CPU's timer heap
  io_apic = 72,          // host IO-APIC registers
  gic_distributor = 73,  // host GIC distributor registers
  pci_config = 74,       // the address and data ports of PCI configuration mechanism #1
  frame_allocator = 80,  // free machine frames
  heap = 84,             // hypervisor heap
  mapping = 86,          // hypervisor page tables and global mapping slots
  quiescent = 87,        // work deferred until all CPUs have passed their main loop
  clock = 88,            // platform clock state
  console = 94,          // console ring and serial line
};

enum class IrqSafety : u8 {
  process,    // never taken in interrupt context; interrupts stay as they are
  interrupt,  // may be taken in interrupt context: interrupts are disabled while held
};

}  // namespace xenolith
