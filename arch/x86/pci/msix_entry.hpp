// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "arch/x86/irq/host_irq.hpp"
#include "arch/x86/pci/guest_message.hpp"
#include "arch/x86/pci/pci_context.hpp"
#include "arch/x86/pci/registers.hpp"

namespace xenolith::pci {

// One MSI-X entry: the guest's message and mask, and, from its first unmasking while MSI-X is enabled until MSI-X is
// disabled, a host interrupt. The device's entry holds the hypervisor's message only, and is masked unless there is
// one. The device's state is written where place() said it is; without a place the entry is written when there is one
// again (restore()). Callers hold LockRank::pci_device, process context.
class MsixEntry final : public irq::InterruptSource, public irq::InterruptAction {
 public:
  // Once, before all else.
  void attach(PciContext& context) { context_ = &context; }
  // Where the device has this entry now.
  void place(std::optional<MachineAddress> address) { address_ = address; }

  u32 read(msix::Field field) const;
  void write(msix::Field field, u32 value);
  bool is_masked() const { return masked_; }

  // MSI-X is enabled and the entry is unmasked: makes the device use a host interrupt. Fails as irq::HostIrq::create;
  // the device's entry stays masked then.
  Result<void> activate();
  // Passes the guest's mask on to the device.
  void apply_mask();
  // Writes all of the device's entry anew.
  void restore();
  // MSI-X is disabled: gives the host interrupt back.
  void release() { irq_.reset(); }
  bool is_active() const { return bool(irq_); }

  Moves moves() const override { return Moves::any_time; }
  Result<void> route(irq::ApicId destination, Vector vector) override;
  void set_masked(bool masked) override;
  Verdict fire(unsigned index) override;

 private:
  void write_device(msix::Field field, u32 value);
  void program();

  PciContext* context_ = nullptr;
  std::optional<MachineAddress> address_;
  GuestMessage guest_;
  bool masked_ = true;         // by the guest
  bool device_masked_ = true;  // as last written to the device
  irq::MsiMessage host_{};
  Own<irq::HostIrq> irq_;
};

}  // namespace xenolith::pci
