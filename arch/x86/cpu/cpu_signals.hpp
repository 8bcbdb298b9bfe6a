// SPDX-License-Identifier: MIT
// NMIs and the interrupts that CPUs send each other.
#pragma once

#include "arch/x86/cpu/traps.hpp"

namespace xenolith {

void handle_nmi(TrapFrame& frame);
// Interrupts every other CPU for good, for a panic.
void stop_other_cpus();

}  // namespace xenolith
