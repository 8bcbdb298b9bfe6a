// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/units.hpp"

namespace xenolith {

// The numbers that a physical CPU has with others.
struct CpuNumbers {
  u32 apic_id;
  u32 acpi_id;  // processor UID of the MADT; ~0: not there
};
CpuNumbers numbers_of(CpuId cpu);

}  // namespace xenolith
