// SPDX-License-Identifier: MIT
#include "arch/arm64/hyp/guest_layout.hpp"

#include "core/domain/domain.hpp"

namespace xenolith::guest_layout {

vgic::DomainGic::Configuration gic_of(const Domain& domain) {
  const xen_arch_domainconfig& wanted = domain.configuration().arch;
  vgic::DomainGic::Configuration gic{};
  gic.spis = (wanted.nr_spis + 31) / 32 * 32;
  gic.event_ppi = gic::Intid{GUEST_EVTCHN_PPI};
  gic.virtual_timer_ppi = gic::Intid{GUEST_TIMER_VIRT_PPI};
  gic.physical_timer_ppi = gic::Intid{GUEST_TIMER_PHYS_NS_PPI};
  if (wanted.gic_version == XEN_DOMCTL_CONFIG_GIC_V2) {
    gic.version = gic::Version::v2;
    gic.places.distributor = {GuestPhysical{GUEST_GICD_BASE}, GUEST_GICD_SIZE};
    return gic;
  }
  gic.version = gic::Version::v3;
  gic.places.distributor = {GuestPhysical{GUEST_GICV3_GICD_BASE}, GUEST_GICV3_GICD_SIZE};
  gic.places.redistributors[0] = {GuestPhysical{GUEST_GICV3_GICR0_BASE}, GUEST_GICV3_GICR0_SIZE};
  gic.places.redistributor_regions = 1;
  return gic;
}

Result<void> map_cpu_interface(Domain& domain, GuestPhysical at) {
  const gic::Range interface = gic::guest_cpu_interface();
  for (u64 done = 0; done < interface.size; done += page_size)
    TRY(domain.p2m().set(frame_of(at + done), frame_of(interface.first + done), 0, P2mType::mmio_direct)).settle();
  return {};
}

}  // namespace xenolith::guest_layout
