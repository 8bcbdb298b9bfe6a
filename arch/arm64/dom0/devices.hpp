// SPDX-License-Identifier: MIT
// What of the machine's devices the hardware domain has: registers and interrupts, one to one.
#pragma once

#include "arch/arm64/vgic/domain_gic.hpp"
#include "core/device_tree/dom0_tree.hpp"

namespace xenolith::dom0 {

// Its interrupt controller, at the places of the machine's.
vgic::DomainGic::Configuration gic_of_hardware_domain(unsigned vcpus);

// Maps the registers of the devices that its device tree has, and links their interrupts.
Result<void> give_devices(Domain& domain, const Dom0TreeOptions& options, const vgic::DomainGic::Configuration& gic);

}  // namespace xenolith::dom0
