// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/pci/msix_entry.hpp"
#include "arch/x86/pci/msix_tables.hpp"
#include "core/base/heap_array.hpp"

namespace xenolith::pci {

// A function's MSI-X capability and table as the guest sees them. While the function decodes memory, the pages of its
// table are trapped. The device's own state (enable, function mask, pending bits) is read from the device, so a reset
// shows; enabling anew writes the whole table.
// Callers hold LockRank::pci_device, process context.
class VirtualMsix final {
 public:
  // Disables what firmware may have left enabled. Fails with ENODEV when the table cannot be anywhere (its base address
  // register is none or an I/O one), ENOMEM.
  static Result<Own<VirtualMsix>> create(PciContext& context, PciDevice& device, Sbdf function, u16 capability, Layout layout);
  VirtualMsix(PciContext& context, PciDevice& device, Sbdf function, u16 capability, HeapArray<MsixEntry> entries);
  ~VirtualMsix();

  bool covers(u16 dword) const { return dword >= capability_ && dword < capability_ + msix::length; }
  u32 read(u16 dword) const;
  void write(u16 dword, u32 lanes, u32 value);
  void disable();

  // Whether the dword is a base address register that places the table.
  bool is_placed_by(u16 dword) const { return dword == bar_register_ || dword == bar_register_ + 4; }
  // The function decodes memory from now on (with the base address registers as they are): traps the table. Fails as
  // PciGuestPort::trap_pages; the caller must not let the function decode memory then.
  Result<void> appear();
  // It does decode memory now: the device's table is brought up to date.
  void appeared();
  // The function decodes memory no more.
  void vanish();

  // Accesses to the table, at `address` inside it; sizes 4 and 8, aligned. Others read as zero and write nothing.
  u64 read_table(MachineAddress address, unsigned size) const;
  void write_table(MachineAddress address, unsigned size, u64 value);
  bool contains(MachineAddress address) const { return region_.is_linked() && region_.contains(address); }

 private:
  u16 hardware_control() const;
  void set_hardware_control(u16 value);
  void write_control(u16 value);
  u16 effective_control() const;
  void place_entries();
  void restore();
  void update(MsixEntry& entry);

  PciContext& context_;
  Sbdf function_;
  u16 capability_;
  unsigned bar_;
  u16 bar_register_;
  u32 table_offset_;
  bool enabled_ = false;
  bool function_mask_ = false;  // as the guest wrote it
  MsixRegion region_;
  HeapArray<MsixEntry> entries_;
};

}  // namespace xenolith::pci
