// SPDX-License-Identifier: MIT
// The architecture contract for unit tests: each host thread is a CPU; interrupts are a flag per thread.
#pragma once

#include "core/base/types.hpp"
#include "core/base/units.hpp"

namespace xenolith::arch {

inline constexpr unsigned max_cpus = 128;
inline constexpr unsigned cache_line_size = 64;

namespace fake {
inline thread_local bool interrupts_enabled = true;
inline thread_local CpuId current_cpu{0};
}  // namespace fake

inline void pause() {
#if defined(__x86_64__)
  asm volatile("pause" ::: "memory");
#endif
}
inline u64 disable_interrupts_save() {
  u64 flags = fake::interrupts_enabled;
  fake::interrupts_enabled = false;
  return flags;
}
inline void restore_interrupts(u64 flags) { fake::interrupts_enabled = flags != 0; }
inline bool interrupts_enabled() { return fake::interrupts_enabled; }
inline void enable_interrupts() { fake::interrupts_enabled = true; }
inline void disable_interrupts() { fake::interrupts_enabled = false; }
inline CpuId this_cpu() { return fake::current_cpu; }
inline void speculation_barrier() {}
inline u64 cycles() { return 0; }

}  // namespace xenolith::arch
