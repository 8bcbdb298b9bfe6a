// SPDX-License-Identifier: MIT
// What guests may do without an exit and how events are delivered: decided once for all virtualisation hardware, which only
// differs in how it is told.
#pragma once

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/vendor.hpp"

namespace xenolith::hvm {

namespace exception_vector {
inline constexpr u8 debug = 1, breakpoint = 3, overflow = 4, alignment_check = 17, machine_check = 18;
}

// A bit for each exception that makes an exit. Debug and alignment-check exceptions are taken because a guest can make them
// recur for ever during their own delivery; machine checks are the host's.
inline constexpr u32 intercepted_exceptions =
    1u << exception_vector::debug | 1u << exception_vector::alignment_check | 1u << exception_vector::machine_check;

// MSRs that belong to the running guest alone: it reads and writes them without an exit.
inline constexpr Msr guest_owned_msrs[] = {Msr::fs_base,      Msr::gs_base,    Msr::kernel_gs_base, Msr::star,
                                           Msr::lstar,        Msr::cstar,      Msr::syscall_mask,   Msr::sysenter_cs,
                                           Msr::sysenter_esp, Msr::sysenter_eip, Msr::pat};

// A guest that waits in a loop of PAUSEs exits now and then, so that the vCPU that it waits for can run: cycles between two PAUSEs of one
// loop at most, cycles in the loop where the hardware counts these, PAUSEs where it counts those.
namespace spinning {
inline constexpr u32 gap = 128, window = 4096;
inline constexpr u16 pauses = 3000;
}

inline constexpr u64 default_pat = 0x0007'0406'0007'0406;
inline constexpr u64 initial_dr6 = 0xffff0ff0, initial_dr7 = 0x400;

// Which exceptions push an error code in protected mode.
constexpr bool exception_has_error(unsigned vector) {
  constexpr u32 with_error = 1u << 8 | 0xfu << 10 | 1u << 14 | 1u << 17 | 1u << 21;
  return vector < 32 && (with_error >> vector & 1);
}

// An event whose delivery an exit interrupted is delivered again, except those that an instruction raises on purpose: rip still
// points at it, and it runs again.
constexpr bool is_delivered_again(Event::Kind kind, u8 vector) {
  if (kind == Event::Kind::software_interrupt) return false;
  return kind != Event::Kind::exception || (vector != exception_vector::breakpoint && vector != exception_vector::overflow);
}

}  // namespace xenolith::hvm
