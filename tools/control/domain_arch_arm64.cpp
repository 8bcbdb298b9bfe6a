// SPDX-License-Identifier: MIT
#include "tools/control/domain_arch.hpp"

namespace xenolith::tools {

void write_arch_config(const DomainSpec&, xen_arch_domainconfig& to) {
  to.gic_version = XEN_DOMCTL_CONFIG_GIC_NATIVE;
  to.tee_type = XEN_DOMCTL_CONFIG_TEE_NONE;
  to.nr_spis = 0;
}

ArchDomain read_arch_config(const xen_arch_domainconfig& from) {
  return {.gic_version = from.gic_version == XEN_DOMCTL_CONFIG_GIC_V3 ? 3u : 2u, .timer_hz = from.clock_frequency};
}

}  // namespace xenolith::tools
