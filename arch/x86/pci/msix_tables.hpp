// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/pci/pci_guest_port.hpp"
#include "core/base/intrusive.hpp"
#include "core/base/lock.hpp"
#include "core/base/own.hpp"

namespace xenolith::pci {

class PciDevice;

// Where an MSI-X table is now; part of the device.
struct MsixRegion : boost::intrusive::list_base_hook<> {
  explicit MsixRegion(PciDevice& device) : device{device} {}

  Gfn first_page() const { return Gfn{first.raw() >> page_shift}; }
  Gfn end_page() const { return Gfn{(first.raw() + size - 1) >> page_shift} + 1; }
  bool contains(MachineAddress address) const { return address >= first && address - first < size; }

  PciDevice& device;
  MachineAddress first{0};
  u64 size = 0;
};

// The MSI-X tables of all devices: which pages must be trapped, and whose table an access hits. Small registers of
// several devices may share a page, which is trapped once.
class MsixTables {
 public:
  explicit MsixTables(PciGuestPort& guest) : guest_{guest} {}

  // Adds a region, which is in no list, and traps its pages. Fails as PciGuestPort::trap_pages, with nothing changed.
  Result<void> add(MsixRegion& region);
  void remove(MsixRegion& region);
  // The device whose table is at `address`, or nothing.
  Ref<PciDevice> find(MachineAddress address);

 private:
  using List = boost::intrusive::list<MsixRegion, boost::intrusive::constant_time_size<false>>;
  static bool is_trapped(const List& list, Gfn page);
  // Traps or untraps the pages below `end` that no region of the list needs.
  Result<void> trap(const List& list, Gfn first, Gfn end);
  void untrap(const List& list, Gfn first, Gfn end);

  PciGuestPort& guest_;
  Locked<List, LockRank::pci_msix_tables> list_;
};

}  // namespace xenolith::pci
