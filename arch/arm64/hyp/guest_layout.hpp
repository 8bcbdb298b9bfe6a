// SPDX-License-Identifier: MIT
// Where guests of toolstacks have what (xen/arch-arm.h, GUEST_*).
#pragma once

#include "arch/arm64/vgic/domain_gic.hpp"

namespace xenolith::guest_layout {

vgic::DomainGic::Configuration gic_of(const Domain& domain);

}  // namespace xenolith::guest_layout
