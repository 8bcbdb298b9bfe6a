// SPDX-License-Identifier: MIT
// Architecture contract: the processor this code runs on. Same names in every arch/<a>/include/arch/cpu.hpp.
#pragma once

#include "core/base/types.hpp"
#include "core/base/units.hpp"

namespace xenolith::arch {

inline constexpr unsigned max_cpus = 128;      // physical CPUs that are used; more are reported and left parked
inline constexpr unsigned cache_line_size = 64;

inline void pause() { asm volatile("yield" ::: "memory"); }

// DAIF (ARM Architecture Reference Manual, section C5.2.2 "DAIF, Interrupt Mask Bits"): I masks interrupts; F goes with it.
inline constexpr u64 interrupts_masked = u64{1} << 7;

// Disables interrupts on this CPU; the result goes to restore_interrupts().
inline u64 disable_interrupts_save() {
  u64 flags;
  asm volatile("mrs %0, daif; msr daifset, #3" : "=r"(flags)::"memory");
  return flags;
}
inline void restore_interrupts(u64 flags) {
  if (!(flags & interrupts_masked)) asm volatile("msr daifclr, #3" ::: "memory");
}
inline bool interrupts_enabled() {
  u64 flags;
  asm volatile("mrs %0, daif" : "=r"(flags)::"memory");
  return !(flags & interrupts_masked);
}
inline void enable_interrupts() { asm volatile("msr daifclr, #3" ::: "memory"); }
inline void disable_interrupts() { asm volatile("msr daifset, #3" ::: "memory"); }

// This CPU's number. TPIDR_EL2 points at the CPU's block, whose first word is the number.
inline CpuId this_cpu() {
  const u32* block;
  asm("mrs %0, tpidr_el2" : "=r"(block));
  return CpuId{*block};
}

// Prevents the compiler and the CPU from speculating past a bounds check of a guest-chosen value.
inline void speculation_barrier() { asm volatile("dsb nsh; isb" ::: "memory"); }

// The system counter: the same on all CPUs.
inline u64 cycles() {
  u64 count;
  asm volatile("isb; mrs %0, cntpct_el0" : "=r"(count)::"memory");
  return count;
}

}  // namespace xenolith::arch
