// SPDX-License-Identifier: MIT
// Exceptions and interrupts that hit the hypervisor itself.
#pragma once

#include <array>

#include "core/base/types.hpp"

namespace xenolith {

// What trap_entry.S leaves on the stack. `gpr` in encoding order (rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8...r15); the rsp
// slot is not used, see `rsp`.
struct TrapFrame {
  std::array<u64, 16> gpr;
  u64 vector, error;
  u64 rip, cs, rflags, rsp, ss;
};
static_assert(sizeof(TrapFrame) == 23 * 8);

// 256 entry points of equal size; see trap_entry.S.
extern "C" const char trap_stubs[];
inline constexpr u64 trap_stub_size = 16;

// Called by trap_entry.S for every vector, interrupts off.
extern "C" void handle_trap(TrapFrame& frame);

// Runs what the interrupt with this vector asks for: from handle_trap, or from the exit of a guest.
void dispatch_interrupt(u8 vector);

// Prints the frame, the stack and a symbolised backtrace.
void dump_hypervisor(const TrapFrame& frame);

}  // namespace xenolith
