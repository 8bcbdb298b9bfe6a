// SPDX-License-Identifier: MIT
#include "arch/x86/pci/msix_entry.hpp"

namespace xenolith::pci {

using msix::Field;

u32 MsixEntry::read(Field field) const {
  irq::MsiMessage message = guest_.get();
  switch (field) {
    case Field::address_low: return static_cast<u32>(message.address);
    case Field::address_high: return static_cast<u32>(message.address >> 32);
    case Field::data: return message.data;
    case Field::control: return masked_ ? msix::entry_masked : 0;
  }
  return 0;
}

void MsixEntry::write(Field field, u32 value) {
  if (field == Field::control) {
    masked_ = value & msix::entry_masked;
    return;
  }
  irq::MsiMessage message = guest_.get();
  if (field == Field::address_low) message.address = Bits<31, 0>::set(message.address, value & ~u32{3});
  else if (field == Field::address_high) message.address = Bits<63, 32>::set(message.address, value);
  else message.data = value;
  guest_.set(message);
  // for speed only: if it cannot move it stays
  if (irq_) static_cast<void>(irq_->move(context_->guest.preferred_cpus(message.address, message.data)).failed());
}

Result<void> MsixEntry::activate() {
  if (irq_) return {};
  irq::MsiMessage message = guest_.get();
  irq::HostIrq::Setup setup{.source = *this, .action = *this};
  CpuSet preferred = context_->guest.preferred_cpus(message.address, message.data) & context_->interrupts.addressable();
  if (!preferred.empty()) setup.allowed = preferred;
  Result<Own<irq::HostIrq>> irq = irq::HostIrq::create(context_->interrupts, setup);
  if (irq.failed() && irq.error() == XEN_ENOSPC) {
    setup.allowed = CpuSet::all();
    irq = irq::HostIrq::create(context_->interrupts, setup);
  }
  irq_ = TRY(std::move(irq));
  return {};
}

void MsixEntry::apply_mask() {
  if (irq_) irq_->set_masked(masked_);
}

void MsixEntry::restore() {
  write_device(Field::control, msix::entry_masked);
  device_masked_ = true;
  if (!irq_) return;
  program();
  irq_->set_masked(masked_);
}

void MsixEntry::write_device(Field field, u32 value) {
  if (address_) context_->memory.write(*address_ + 4 * static_cast<unsigned>(field), 4, value);
}

void MsixEntry::program() {
  write_device(Field::address_low, static_cast<u32>(host_.address));
  write_device(Field::address_high, static_cast<u32>(host_.address >> 32));
  write_device(Field::data, host_.data);
}

// The device must not send while it has half of a message.
Result<void> MsixEntry::route(irq::ApicId destination, Vector vector) {
  host_ = TRY(irq::compose_msi(destination, vector));
  bool masked = device_masked_;
  if (!masked) set_masked(true);
  program();
  if (!masked) set_masked(false);
  return {};
}

void MsixEntry::set_masked(bool masked) {
  write_device(Field::control, masked ? msix::entry_masked : 0);
  device_masked_ = masked;
  if (address_ && masked) context_->memory.read(*address_ + 4 * static_cast<unsigned>(Field::control), 4);  // it is masked now
}

irq::InterruptAction::Verdict MsixEntry::fire(unsigned) {
  irq::MsiMessage message = guest_.get();
  context_->guest.deliver_msi(message.address, message.data);
  return Verdict::handled;
}

}  // namespace xenolith::pci
