// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/irq/host_irq.hpp"
#include "arch/x86/pci/guest_message.hpp"
#include "arch/x86/pci/pci_context.hpp"
#include "arch/x86/pci/registers.hpp"

namespace xenolith::pci {

// A function's MSI capability as the guest sees it. Address and data are the guest's in reading, the hypervisor's in
// the device; enabling allocates host vectors and fails (the bit stays 0) without them. Mask and pending bits are the
// device's own. The device may lose its state (reset, D3): it gets the hypervisor's message again when the guest
// enables it again. Callers hold LockRank::pci_device, process context.
class VirtualMsi final : public irq::InterruptSource, public irq::InterruptAction {
 public:
  // Disables what firmware may have left enabled.
  VirtualMsi(PciContext& context, Sbdf function, u16 capability);
  ~VirtualMsi() { disable(); }

  bool covers(u16 dword) const { return dword >= capability_ && dword < capability_ + length(); }
  // The whole dword at offset `dword`, one that covers() is true of.
  u32 read(u16 dword) const;
  // Sets the bits `lanes` of the dword.
  void write(u16 dword, u32 lanes, u32 value);
  void disable();

  Moves moves() const override { return Moves::any_time; }
  Result<void> route(irq::ApicId destination, Vector vector) override;
  void set_masked(bool) override {}  // the mask bits are the guest's
  Verdict fire(unsigned index) override;

 private:
  bool is_64_bit() const { return features_ & msi::is_64_bit; }
  bool has_masks() const { return features_ & msi::has_masks; }
  u16 data_dword() const { return static_cast<u16>(capability_ + (is_64_bit() ? 12 : 8)); }
  u16 mask_dword() const { return static_cast<u16>(data_dword() + 4); }
  u16 length() const { return static_cast<u16>(data_dword() + (has_masks() ? 12 : 4) - capability_); }

  u16 hardware_control() const;
  void set_hardware_control(bool enable, unsigned order);
  void write_control(u16 value);
  void write_message(u16 dword, u32 lanes, u32 value);
  Result<void> enable(unsigned order);
  void program();

  PciContext& context_;
  Sbdf function_;
  u16 capability_;
  u16 features_;
  GuestMessage guest_;
  irq::MsiMessage host_{};
  std::atomic<unsigned> order_{0};  // log2 of the messages; read by fire(), changes only while there is no irq_
  Own<irq::HostIrq> irq_;
};

}  // namespace xenolith::pci
