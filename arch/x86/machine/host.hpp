// SPDX-License-Identifier: MIT
// What the boot loader and the firmware said of this machine, kept for as long as it runs.
#pragma once

#include <optional>

#include "core/acpi/tables.hpp"
#include "core/boot/boot_information.hpp"

namespace xenolith::machine {

// The boot loader's information. Its modules are valid until the hardware domain has been built.
BootInformation& boot_information();
const MemoryMap& memory_map();
// The ACPI tables, read at boot; nullptr on a machine without.
const AcpiTables* acpi();
Result<void> read_acpi();
// Reads any physical memory by mapping it; what it maps stays mapped. For firmware tables.
const PhysicalReader& physical_reader();

// True if any byte of the frames [first, first + count) is RAM of any type that the map knows as memory.
bool has_ram(Mfn first, u64 count);

}  // namespace xenolith::machine
