// SPDX-License-Identifier: MIT
// What the hardware domain sees of the machine's registers: ports and non-RAM addresses.
#pragma once

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {
class Domain;
class Madt;
}  // namespace xenolith

namespace xenolith::dom0 {

// Opens the I/O ports and notes the addresses that are emulated. Before vCPUs are built. ENOMEM.
Result<void> prepare_hardware(Domain& domain, const Madt& madt);

// Hides the hypervisor's serial ports. When the vCPUs are built. ENOMEM.
Result<void> hide_serial_ports(Domain& domain);

}  // namespace xenolith::dom0
