// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "arch/x86/pci/virtual_msi.hpp"
#include "arch/x86/pci/virtual_msix.hpp"
#include "core/base/intrusive.hpp"

namespace xenolith::pci {

// One PCI function as the hardware domain sees it: the machine's, except for MSI and MSI-X. SR-IOV cannot be seen: the
// tables of virtual functions would not be found. A hidden function cannot be seen at all.
class PciDevice final : public RefCounted<PciDevice>, public boost::intrusive::set_base_hook<> {
 public:
  // Reads what the function has and disables MSI and MSI-X that firmware left enabled. Fails with ENODEV when nothing
  // answers (unless hidden), ENOMEM, and as PciGuestPort::trap_pages.
  static Result<Ref<PciDevice>> create(PciContext& context, Sbdf function, bool hidden);
  ~PciDevice() { retire(); }
  PciDevice(PciContext& context, Sbdf function, bool hidden) : context_{context}, function_{function}, hidden_{hidden} {}

  Sbdf function() const { return function_; }
  bool is_hidden() const { return hidden_; }
  bool is_bridge() const { return layout_ != Layout::device; }

  // Accesses by the domain; is_valid_access() holds. Process context, no lock of rank pci_device or higher held.
  u32 read(u16 offset, unsigned size);
  void write(u16 offset, unsigned size, u32 value);
  // An access to the MSI-X table at `address`; false if the table is there no more.
  bool access_table(MachineAddress address, unsigned size, bool is_write, u64& value);
  // The function is gone or belongs to the domain no more: interrupts off, nothing trapped; later writes are ignored.
  void retire();

 private:
  struct State {
    bool retired = false;
    Own<VirtualMsi> msi;
    Own<VirtualMsix> msix;
    std::optional<u16> unusable_msix, sriov;  // capabilities shown as null ones
  };

  Result<void> discover(State& state);
  u32 read_dword(State& state, u16 dword);
  void write_dword(State& state, u16 offset, unsigned size, u32 value);
  void write_command(State& state, u16 offset, unsigned size, u32 value);
  void write_bar(State& state, u16 offset, unsigned size, u32 value);
  void pass_write(u16 offset, unsigned size, u32 value) { context_.config.write(function_, offset, size, value); }
  u16 read_command() { return static_cast<u16>(context_.config.read(function_, command_register, 2)); }

  PciContext& context_;
  const Sbdf function_;
  const bool hidden_;
  Layout layout_ = Layout::device;
  Locked<State, LockRank::pci_device> state_;
};

}  // namespace xenolith::pci
