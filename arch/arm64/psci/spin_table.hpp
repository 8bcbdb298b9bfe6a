// SPDX-License-Identifier: MIT
// CPUs that wait in a loop of the boot loader's until their release address holds an entry.
// Source: Devicetree Specification, "enable-method: spin-table"; Linux, Documentation/arm64/booting.rst.
#pragma once

#include "core/base/types.hpp"

namespace xenolith::psci {

// `release`: where the CPU's release address is mapped. The CPU looks without a cache, and sleeps between the looks.
inline void release_spinning_cpu(volatile u64* release, u64 entry) {
  *release = entry;
  asm volatile("dc civac, %0; dsb sy; sev" ::"r"(release) : "memory");
}

}  // namespace xenolith::psci
