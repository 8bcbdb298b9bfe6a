// SPDX-License-Identifier: MIT
#include "arch/x86/pci/virtual_msi.hpp"

#include <algorithm>

namespace xenolith::pci {
namespace {
constexpr unsigned most_order = 5;

u32 merged(u32 old, u32 lanes, u32 value) { return (old & ~lanes) | (value & lanes); }
}  // namespace

VirtualMsi::VirtualMsi(PciContext& context, Sbdf function, u16 capability)
    : context_{context}, function_{function}, capability_{capability}, features_{hardware_control()} {
  if (features_ & msi::enable) set_hardware_control(false, 0);
}

u16 VirtualMsi::hardware_control() const {
  return static_cast<u16>(context_.config.read(function_, static_cast<u16>(capability_ + msi::control), 2));
}

void VirtualMsi::set_hardware_control(bool enable, unsigned order) {
  u16 control = static_cast<u16>(msi::Enabled::set(u16{0}, order) | (enable ? msi::enable : 0));
  context_.config.write(function_, static_cast<u16>(capability_ + msi::control), 2, control);
}

u32 VirtualMsi::read(u16 dword) const {
  irq::MsiMessage message = guest_.get();
  if (dword == capability_ + msi::address) return static_cast<u32>(message.address);
  if (dword == data_dword()) return message.data;
  if (dword == capability_ + msi::address + 4 && is_64_bit()) return static_cast<u32>(message.address >> 32);
  return context_.config.read(function_, dword, 4);
}

void VirtualMsi::write(u16 dword, u32 lanes, u32 value) {
  if (dword == capability_) {
    if (lanes >> 16) write_control(static_cast<u16>(merged(context_.config.read(function_, dword, 4), lanes, value) >> 16));
  } else if (dword <= data_dword()) {
    write_message(dword, lanes, value);
  } else {
    u32 now = lanes == ~u32{0} ? 0 : context_.config.read(function_, dword, 4);
    context_.config.write(function_, dword, 4, merged(now, lanes, value));
  }
}

void VirtualMsi::write_message(u16 dword, u32 lanes, u32 value) {
  irq::MsiMessage message = guest_.get();
  u32 low = static_cast<u32>(message.address), high = static_cast<u32>(message.address >> 32);
  if (dword == capability_ + msi::address) low = merged(low, lanes, value) & ~u32{3};
  else if (dword == data_dword()) message.data = merged(message.data, lanes, value) & 0xffff;
  else high = merged(high, lanes, value);
  message.address = u64{high} << 32 | low;
  guest_.set(message);
  // for speed only: if it cannot move it stays
  if (irq_) static_cast<void>(irq_->move(context_.guest.preferred_cpus(message.address, message.data)).failed());
}

void VirtualMsi::write_control(u16 value) {
  unsigned order = static_cast<unsigned>(std::min({msi::Enabled::get(value), msi::Capable::get(features_), u64{most_order}}));
  if (!(value & msi::enable)) {
    disable();
    set_hardware_control(false, order);
    return;
  }
  if (irq_ && order_.load(std::memory_order_relaxed) != order) disable();
  if (!irq_) {
    Result<void> enabled = enable(order);
    if (enabled.failed()) {
      log_warning("{:04x}:{:02x}:{:02x}.{}: no vectors for {} MSI message(s): error {}", function_.segment(), function_.bus(),
                  function_.device(), function_.function(), 1u << order, enabled.error());
      return;
    }
  }
  if (!(hardware_control() & msi::enable)) program();
  set_hardware_control(true, order);
}

Result<void> VirtualMsi::enable(unsigned order) {
  order_.store(order, std::memory_order_relaxed);  // ordered by the vector table's publication of irq_
  irq::HostIrq::Setup setup{.source = *this, .action = *this, .trigger = irq::Trigger::edge, .count = 1u << order};
  irq::MsiMessage message = guest_.get();
  CpuSet preferred = context_.guest.preferred_cpus(message.address, message.data) & context_.interrupts.addressable();
  if (!preferred.empty()) setup.allowed = preferred;
  Result<Own<irq::HostIrq>> irq = irq::HostIrq::create(context_.interrupts, setup);
  if (irq.failed() && irq.error() == XEN_ENOSPC) {
    setup.allowed = CpuSet::all();
    irq = irq::HostIrq::create(context_.interrupts, setup);
  }
  irq_ = TRY(std::move(irq));
  return {};
}

void VirtualMsi::disable() {
  if (!irq_) return;
  set_hardware_control(false, 0);
  hardware_control();  // what the device sent before has arrived when this returns
  irq_.reset();
}

void VirtualMsi::program() {
  auto set = [&](u16 offset, u32 value) { context_.config.write(function_, offset, 4, value); };
  set(static_cast<u16>(capability_ + msi::address), static_cast<u32>(host_.address));
  if (is_64_bit()) set(static_cast<u16>(capability_ + msi::address + 4), static_cast<u32>(host_.address >> 32));
  context_.config.write(function_, data_dword(), 2, host_.data);
}

// Address and data cannot be written at once: an enabled function moves only if it can be masked meanwhile.
Result<void> VirtualMsi::route(irq::ApicId destination, Vector vector) {
  irq::MsiMessage message = TRY(irq::compose_msi(destination, vector));
  bool live = hardware_control() & msi::enable;
  if (live && !has_masks()) return Failure{XEN_EBUSY};
  host_ = message;
  if (!live) {
    program();
    return {};
  }
  u32 masks = context_.config.read(function_, mask_dword(), 4);
  context_.config.write(function_, mask_dword(), 4, ~u32{0});
  program();
  context_.config.write(function_, mask_dword(), 4, masks);
  return {};
}

// The function sets the low bits of the data to the number of the message.
irq::InterruptAction::Verdict VirtualMsi::fire(unsigned index) {
  irq::MsiMessage message = guest_.get();
  u32 numbers = (u32{1} << order_.load(std::memory_order_relaxed)) - 1;  // ordered by finding irq_ in the vector table
  context_.guest.deliver_msi(message.address, (message.data & ~numbers) | index);
  return Verdict::handled;
}

}  // namespace xenolith::pci
