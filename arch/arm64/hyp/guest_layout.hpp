// SPDX-License-Identifier: MIT
// Where guests of toolstacks have what (xen/arch-arm.h, GUEST_*).
#pragma once

#include "arch/arm64/vgic/domain_gic.hpp"

namespace xenolith::guest_layout {

vgic::DomainGic::Configuration gic_of(const Domain& domain);
// GICv2: the CPU interface is the machine's virtual one, which the guest reaches without exits. Nothing else is to be mapped.
Result<void> map_cpu_interface(Domain& domain, GuestPhysical at);

}  // namespace xenolith::guest_layout
