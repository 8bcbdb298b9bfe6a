// SPDX-License-Identifier: MIT
// Exceptions and interrupts that hit the hypervisor itself.
#pragma once

#include <array>

#include "core/base/types.hpp"

namespace xenolith {

// What vectors.S leaves on the stack. `kind`: 0 synchronous, 1 IRQ, 2 FIQ, 3 SError; 4 more: with the wrong stack pointer.
struct TrapFrame {
  std::array<u64, 31> x;
  u64 sp, pc, pstate, syndrome, kind;
};
static_assert(sizeof(TrapFrame) == 288);

// Called by vectors.S, interrupts off.
extern "C" void handle_trap(TrapFrame& frame);
extern "C" const char exception_vectors[];

// Prints the frame and a symbolised backtrace.
void dump_hypervisor(const TrapFrame& frame);

}  // namespace xenolith
