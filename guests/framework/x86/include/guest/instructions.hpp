// SPDX-License-Identifier: MIT
// Single instructions as functions.
#pragma once

#include "core/base/types.hpp"

namespace xenolith::guest {

struct CpuidLeaf {
  u32 eax, ebx, ecx, edx;
};

inline CpuidLeaf cpuid(u32 leaf, u32 subleaf = 0) {
  CpuidLeaf answer{};
  asm volatile("cpuid" : "=a"(answer.eax), "=b"(answer.ebx), "=c"(answer.ecx), "=d"(answer.edx) : "a"(leaf), "c"(subleaf));
  return answer;
}

inline u64 read_msr(u32 msr) {
  u32 low, high;
  asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
  return u64{high} << 32 | low;
}

inline void write_msr(u32 msr, u64 value) {
  asm volatile("wrmsr" : : "c"(msr), "a"(static_cast<u32>(value)), "d"(static_cast<u32>(value >> 32)) : "memory");
}

inline u64 read_tsc() {
  u32 low, high;
  asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return u64{high} << 32 | low;
}

inline void pause() { asm volatile("pause" : : : "memory"); }
inline void enable_interrupts() { asm volatile("sti" : : : "memory"); }
inline void disable_interrupts() { asm volatile("cli" : : : "memory"); }
// Sleeps until the next interrupt, with none lost between the check and the sleep.
inline void enable_and_halt() { asm volatile("sti; hlt; cli" : : : "memory"); }
[[noreturn]] inline void halt_forever() {
  for (;;) asm volatile("cli; hlt");
}

}  // namespace xenolith::guest
