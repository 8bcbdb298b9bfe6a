// SPDX-License-Identifier: MIT
#include "arch/arm64/vgic/vcpu_interface.hpp"

#include "arch/arm64/vgic/distributor.hpp"

namespace xenolith::vgic {

void VcpuInterface::attach(Distributor& distributor, unsigned vcpu) {
  distributor_ = &distributor;
  number_ = vcpu;
  for (u32 n = 0; n < gic::sgi_count; ++n) private_[n].set(IrqWord::edge);
}

void VcpuInterface::link_hardware(Intid intid) { irq(intid).set(IrqWord::hardware); }

void VcpuInterface::post(u32 intid) {
  candidates_.add(intid);
  call_in();
}

void VcpuInterface::call_in() {
  news_.store(true, std::memory_order_seq_cst);  // pairs with before_entry(), which comes after `in_guest` has been set
  distributor_->port().wake(number_);
}

void VcpuInterface::raise(Intid intid) {
  VirtualIrq& it = irq(intid);
  if (it.set(IrqWord::latch).has(IrqWord::latch)) return;  // whoever was first has posted it
  if (it.load().is_deliverable()) post(intid.raw());
}

void VcpuInterface::raise_sgi(Intid intid, unsigned source) {
  if (distributor_->version() == Version::v2)
    sgi_sources_[intid.raw() % gic::sgi_count].fetch_or(static_cast<u8>(1u << source % 8), std::memory_order_seq_cst);
  raise(intid);
}

void VcpuInterface::raise_lpi(Intid intid) {
  if (lpis_ && lpis_->add(intid.raw())) call_in();
}

void VcpuInterface::clear_sgi_sources(u32 sgi, u8 sources) {
  auto& all = sgi_sources_[sgi % gic::sgi_count];
  auto left = static_cast<u8>(all.fetch_and(static_cast<u8>(~sources), std::memory_order_seq_cst) & ~sources);
  if (left == 0) irq(Intid{sgi}).clear(IrqWord::latch);
  if (all.load(std::memory_order_seq_cst) != 0) raise(Intid{sgi});  // another came meanwhile
}

void VcpuInterface::set_line(Intid intid, bool asserted) {
  VirtualIrq& it = irq(intid);
  if (!asserted) {
    it.clear(IrqWord::line);
    return;
  }
  IrqWord before = it.update([](IrqWord w) {
    bool rises = !w.has(IrqWord::line) && w.has(IrqWord::edge);
    return IrqWord{w.raw | IrqWord::line | (rises ? IrqWord::latch : 0)};
  });
  if (!before.has(IrqWord::line) && it.load().is_deliverable()) post(intid.raw());
}

VirtualIrq* VcpuInterface::find(u32 intid) {
  if (intid < gic::private_count) return &irq(Intid{intid});
  return distributor_->has_spi(intid) ? &distributor_->spi(intid) : nullptr;
}

bool VcpuInterface::is_mine(u32 intid, IrqWord word) const { return intid < gic::private_count || word.target() == number_; }

bool VcpuInterface::has_deliverable() {
  collect();
  if (!distributor_->is_enabled()) return false;
  gic::GuestMask mask = gic::guest_mask(distributor_->version(), hardware_ ? hardware_->control() : state_.control);
  if (!(distributor_->version() == Version::v2 ? mask.group0 : mask.group1)) return false;
  bool found = lpis_ && LpiSet::priority < mask.priority && lpis_->any();
  candidates_.for_each([&](u32 intid) {
    const VirtualIrq* it = find(intid);
    IrqWord word = it ? it->load() : IrqWord{};
    found = found || (is_mine(intid, word) && word.is_deliverable() && !word.has(IrqWord::active) && word.priority() < mask.priority);
  });
  return found;
}

void VcpuInterface::load(gic::VirtualInterface& hardware) {
  hardware_ = &hardware;
  hardware.load(state_);
}

void VcpuInterface::save() {
  collect();
  hardware_->disable();
  hardware_->save(state_);
  clear_lists(0);
  stale_ = 0;
  hardware_ = nullptr;
}

void VcpuInterface::reset() {
  for (u32 n = 0; n < gic::private_count; ++n) {
    constexpr u32 stays = IrqWord::hardware | IrqWord::line | IrqWord::edge;
    IrqWord before = private_[n].update([](IrqWord w) { return IrqWord{w.raw & stays}; });
    if (before.has(IrqWord::hardware) && before.has(IrqWord::latch | IrqWord::active))
      distributor_->port().deactivate_hardware(Intid{n});
  }
  for (auto& sources : sgi_sources_) sources.store(0, std::memory_order_seq_cst);
  if (lpis_) lpis_->clear();
  state_ = {};
}

}  // namespace xenolith::vgic
