// SPDX-License-Identifier: MIT
#include "arch/x86/irq/host_io_apics.hpp"

#include <algorithm>

namespace xenolith::irq {

HostIoApics::HostIoApics() {
  for (u32 irq = 0; irq < isa_irqs; ++irq) isa_[irq] = LineRoute{Gsi{irq}, Trigger::edge, Polarity::active_high};
}

Result<void> HostIoApics::add(Gsi gsi_base, IoApicWindow& window) {
  if (count_ == most_io_apics) return Failure{XEN_ENOSPC};
  Own<HostIoApic> added = TRY(HostIoApic::create(gsi_base, window));
  for (unsigned i = 0; i < count_; ++i)
    if (io_apics_[i]->contains(gsi_base) || added->contains(io_apics_[i]->gsi_base())) return Failure{XEN_EEXIST};
  io_apics_[count_++] = std::move(added);
  return {};
}

Result<void> HostIoApics::override_isa(u8 irq, Gsi gsi, u16 flags) {
  u64 polarity = Bits<1, 0>::get(flags), trigger = Bits<3, 2>::get(flags);
  if (irq >= isa_irqs || polarity == 2 || trigger == 2) return Failure{XEN_EINVAL};
  isa_[irq] = LineRoute{gsi, trigger == 3 ? Trigger::level : Trigger::edge,
                        polarity == 3 ? Polarity::active_low : Polarity::active_high};
  return {};
}

std::optional<HostIoApics::Pin> HostIoApics::find(Gsi gsi) const {
  for (unsigned i = 0; i < count_; ++i)
    if (io_apics_[i]->contains(gsi)) return Pin{io_apics_[i].get(), gsi.raw() - io_apics_[i]->gsi_base().raw()};
  return std::nullopt;
}

u32 HostIoApics::gsi_end() const {
  u32 end = 0;
  for (unsigned i = 0; i < count_; ++i) end = std::max(end, io_apics_[i]->gsi_base().raw() + io_apics_[i]->pins());
  return end;
}

}  // namespace xenolith::irq
