// SPDX-License-Identifier: MIT
// The architecture's part of making domains; a file for each, chosen by the build. For tools/control only.
#pragma once

#include "tools/control/domains.hpp"

namespace xenolith::tools {

void write_arch_config(const DomainSpec& spec, xen_arch_domainconfig& to);
// What the hypervisor made of it.
ArchDomain read_arch_config(const xen_arch_domainconfig& from);

}  // namespace xenolith::tools
