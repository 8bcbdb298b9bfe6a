// SPDX-License-Identifier: MIT
#include "arch/arm64/dom0/devices.hpp"

#include <arch/domain_state.hpp>

#include <algorithm>

#include "arch/arm64/machine/host.hpp"
#include "core/base/bits.hpp"
#include "core/base/log.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::dom0 {
namespace {

// Of the private interrupts, one that nothing of the machine uses.
gic::Intid free_ppi() {
  const HostTimer& timer = machine::description().timer;
  auto is_used = [&](u32 number) {
    for (const auto* interrupt : {&timer.secure_physical, &timer.physical, &timer.virtual_timer, &timer.hypervisor})
      if (*interrupt && (*interrupt)->id.raw() == number) return true;
    return gic::description().maintenance.raw() == number;
  };
  u32 number = 31;
  while (number > 16 && is_used(number)) --number;
  return gic::Intid{number};
}

gic::Intid timer_ppi(const std::optional<GicInterrupt>& interrupt, u32 usual) {
  return gic::Intid{interrupt ? interrupt->id.raw() : usual};
}

vgic::Place place_of(const gic::Range& range) { return {GuestPhysical{range.first.raw()}, range.size}; }

bool is_ram(Mfn frame) {
  const MemoryRange* range = machine::memory_map().find(address_of(frame));
  return range && range->type == MemoryType::ram;
}

Result<void> map_range(Domain& domain, Gfn gfn, Mfn first, Mfn end) {
  for (Mfn at = first; at < end;) {
    Gfn here = gfn + (at - first);
    unsigned order = 0;
    for (unsigned larger : {9u, 18u})
      if (is_aligned(at.raw() | here.raw(), u64{1} << larger) && end - at >= u64{1} << larger) order = larger;
    TRY(domain.p2m().set(here, at, order, P2mType::mmio_direct)).settle();
    at += u64{1} << order;
  }
  return {};
}

class Taker final : public Dom0Resources {
 public:
  Taker(Domain& domain) : domain_{domain} {}

  // Page by page where RAM or the interrupt controller may lie in between: those are never given this way.
  Result<void> memory(DeviceTreeNode, DeviceRange range) override {
    Mfn first = frame_of(range.start), end = frame_of(range.end() + page_mask);
    for (Mfn at = first; at < end;) {
      Mfn stop = at;
      while (stop < end && is_givable(stop)) ++stop;
      TRY(map_range(domain_, identity_gfn(at), at, stop));
      at = std::max(stop, at + 1);
    }
    return {};
  }

  Result<void> interrupt(DeviceTreeNode, GicInterrupt interrupt) override {
    Result<void> linked = domain_.arch().gic().link_hardware(gic::Intid{interrupt.id.raw()});
    if (linked.failed()) log_debug("dom0: interrupt {} is not its own: error {}", interrupt.id, linked.error());
    return {};
  }

 private:
  bool is_givable(Mfn frame) const {
    return !is_ram(frame) && !domain_.arch().gic().contains(address_of(identity_gfn(frame)));
  }
  Domain& domain_;
};

}  // namespace

vgic::DomainGic::Configuration gic_of_hardware_domain() {
  const gic::Description& host = gic::description();
  const HostTimer& timer = machine::description().timer;
  vgic::DomainGic::Configuration gic{};
  gic.version = gic::version();
  gic.spis = (gic::interrupts() - gic::private_count + 31) / 32 * 32;
  gic.places.distributor = place_of(host.distributor);
  for (const gic::Range& region : host.redistributor_span())
    gic.places.redistributors[gic.places.redistributor_regions++] = place_of(region);
  if (host.redistributor_stride) gic.places.stride = host.redistributor_stride;
  gic.event_ppi = free_ppi();
  gic.virtual_timer_ppi = timer_ppi(timer.virtual_timer, 27);
  gic.physical_timer_ppi = timer_ppi(timer.physical, 30);
  return gic;
}

Result<void> give_devices(Domain& domain, const Dom0TreeOptions& options, const vgic::DomainGic::Configuration& gic) {
  Taker taker{domain};
  TRY(list_dom0_resources(machine::tree(), machine::description(), options, taker));
  if (gic.version == gic::Version::v3) return {};
  const gic::Range from = gic::description().cpu_interface, to = gic::guest_cpu_interface();
  Mfn first = frame_of(to.first);
  return map_range(domain, frame_of(GuestPhysical{from.first.raw()}), first, first + frames_for(to.size));
}

}  // namespace xenolith::dom0
