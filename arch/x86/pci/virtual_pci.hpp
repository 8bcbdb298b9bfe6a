// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/pci/host_config.hpp"
#include "arch/x86/pci/msix_tables.hpp"
#include "arch/x86/pci/pci_device.hpp"

namespace xenolith::pci {

// The machine's PCI functions as the hardware domain sees them. Functions that nobody told of are found when the domain
// first writes to them, so that none can be given interrupt messages of the domain's choice.
// Callers: process context, no lock of rank pci_list or higher held.
class VirtualPci {
 public:
  // Made when the domain's guest-physical map exists.
  VirtualPci(HostConfig& config, DeviceMemory& memory, irq::HostInterrupts& interrupts, PciGuestPort& guest);
  ~VirtualPci();

  // The hypervisor keeps this function, present or not, for itself. Fails with EBUSY when it is the domain's already,
  // ENOMEM.
  Result<void> hide(Sbdf function);
  // Finds functions: from the first bus of each known segment through all bridges. Fails with ENOMEM and as trap_pages.
  Result<void> enumerate();
  // Makes a function known, as on hot plug; known already is success. Fails with ENODEV for none or a hidden one,
  // ENOMEM.
  Result<void> add(Sbdf function);
  // Forgets a function: its interrupts are off. Fails with ENODEV for an unknown or hidden one.
  Result<void> remove(Sbdf function);
  // Makes configuration space known and trapped. Fails as HostConfig::add_region, PciGuestPort::trap_pages, and with
  // EINVAL when other things than devices are there. Regions that were known when the domain was built are the
  // builder's to trap.
  Result<void> add_region(const EcamRegion& region);
  size_t count() const;

  // Accesses by the domain to configuration space. What is not is_valid_access() reads as all ones and writes nothing.
  u32 read(Sbdf function, u16 offset, unsigned size);
  void write(Sbdf function, u16 offset, unsigned size, u32 value);
  // An access to a trapped page: ECAM, an MSI-X table, or what lies beside one, which is passed through. Sizes 1, 2, 4,
  // 8. False when the address is none of a device's or the access is misaligned; nothing has happened then.
  bool memory_access(GuestPhysical address, unsigned size, bool is_write, u64& value);

 private:
  struct FunctionOf {
    using type = Sbdf;
    Sbdf operator()(const PciDevice& device) const { return device.function(); }
  };
  using Devices = boost::intrusive::set<PciDevice, boost::intrusive::key_of_value<FunctionOf>>;

  Ref<PciDevice> find(Sbdf function);
  Result<Ref<PciDevice>> find_or_discover(Sbdf function, bool hidden = false);
  Ref<PciDevice> take(Sbdf function);
  Result<void> enumerate_segment(u16 segment, u8 first_bus);
  Result<void> enumerate_device(u16 segment, u8 bus, u8 device, std::array<bool, 256>& wanted);
  void before_bus_change(PciDevice& bridge, u16 offset, unsigned size, u32 value);
  void forget_behind(PciDevice& bridge, u8 first_bus, u8 last_bus);
  void ecam_access(const HostConfig::Place& place, unsigned size, bool is_write, u64& value);

  HostConfig& config_;
  MsixTables tables_;
  PciContext context_;
  Locked<Devices, LockRank::pci_list> devices_;
};

}  // namespace xenolith::pci
