// SPDX-License-Identifier: MIT
// The ACPI registers with which the machine is restarted and switched off; the functions that use them are declared in
// <arch/machine_end.hpp>.
#pragma once

#include "core/acpi/fadt.hpp"

namespace xenolith {

// Once at boot, when device memory can be mapped: remembers the registers and the sleep types of soft off.
void remember_power_registers(const Fadt& fadt, const PhysicalReader& memory);

}  // namespace xenolith
