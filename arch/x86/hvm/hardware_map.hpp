// SPDX-License-Identifier: MIT
// What exits of the hardware domain need of the machine; defined by arch/x86/dom0.
#pragma once

#include "core/base/units.hpp"

namespace xenolith {
class Domain;
namespace pci {
class VirtualPci;
class ConfigPorts;
}  // namespace pci
}  // namespace xenolith

namespace xenolith::hvm {

// The hardware domain touched a frame that is not mapped: maps it (identity) if it is a device's, that is neither RAM nor
// trapped. False if not.
bool map_hardware_page(Domain& domain, Gfn gfn);
// Configuration space of the hardware domain; nullptr before it is built.
pci::VirtualPci* hardware_pci();
pci::ConfigPorts* hardware_config_ports();

}  // namespace xenolith::hvm
