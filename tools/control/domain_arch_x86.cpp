// SPDX-License-Identifier: MIT
#include "tools/control/domain_arch.hpp"

namespace xenolith::tools {

void write_arch_config(const DomainSpec& spec, xen_arch_domainconfig& to) {
  to.emulation_flags = spec.emulation;
  to.misc_flags = spec.relaxed_msrs ? XEN_X86_MSR_RELAXED : 0;
}

ArchDomain read_arch_config(const xen_arch_domainconfig&) { return {}; }

}  // namespace xenolith::tools
