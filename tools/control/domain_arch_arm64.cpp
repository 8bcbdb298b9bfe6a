// SPDX-License-Identifier: MIT
#include "tools/control/domain_arch.hpp"

namespace xenolith::tools {

void write_arch_config(const DomainSpec& spec, xen_arch_domainconfig& to) {
  to.gic_version = XEN_DOMCTL_CONFIG_GIC_NATIVE;
  to.tee_type = XEN_DOMCTL_CONFIG_TEE_NONE;
  constexpr uint32_t first_spi = 32;
  to.nr_spis = spec.serial_line ? GUEST_VPL011_SPI - first_spi + 1 : 0;
}

ArchDomain read_arch_config(const xen_arch_domainconfig& from) {
  return {.gic_version = from.gic_version == XEN_DOMCTL_CONFIG_GIC_V3 ? 3u : 2u, .timer_hz = from.clock_frequency};
}

}  // namespace xenolith::tools
