// SPDX-License-Identifier: MIT
// Architecture contract: the processor this code runs on. Same names in every arch/<a>/include/arch/cpu.hpp.
#pragma once

#include "core/base/types.hpp"
#include "core/base/units.hpp"

namespace xenolith::arch {

inline constexpr unsigned max_cpus = 128;      // physical CPUs that are used; more are reported and left parked
inline constexpr unsigned cache_line_size = 64;

inline void pause() { asm volatile("pause" ::: "memory"); }

// Disables interrupts on this CPU; the result goes to restore_interrupts().
inline u64 disable_interrupts_save() {
  u64 flags;
  asm volatile("pushfq; popq %0; cli" : "=r"(flags)::"memory");
  return flags;
}
inline void restore_interrupts(u64 flags) {
  if (flags & 0x200) asm volatile("sti" ::: "memory");
}
inline bool interrupts_enabled() {
  u64 flags;
  asm volatile("pushfq; popq %0" : "=r"(flags)::"memory");
  return (flags & 0x200) != 0;
}
inline void enable_interrupts() { asm volatile("sti" ::: "memory"); }
inline void disable_interrupts() { asm volatile("cli" ::: "memory"); }

// This CPU's number. GS base points at the CPU's block, whose first word is the block's address, second the number.
inline CpuId this_cpu() {
  u32 id;
  asm("movl %%gs:8, %0" : "=r"(id));
  return CpuId{id};
}

// Prevents the compiler and the CPU from speculating past a bounds check of a guest-chosen value.
inline void speculation_barrier() { asm volatile("lfence" ::: "memory"); }

// Raw cycle counter of this CPU.
inline u64 cycles() {
  u32 low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return (u64{high} << 32) | low;
}

}  // namespace xenolith::arch
