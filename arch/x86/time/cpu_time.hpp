// SPDX-License-Identifier: MIT
// What the clock's parts share: the CPUs' lines and what is known of the counters.
#pragma once

#include "arch/x86/time/cpu_clock.hpp"

namespace xenolith {

struct Clocks {
  bool reliable = false;       // the TSCs are constant, and the same on all CPUs
  TickScale tsc_scale;         // as measured at boot
  TickScale apic_scale;        // of the local APIC timer; empty where deadlines are used
};
extern Clocks clocks;
extern CpuClock cpu_clocks[];

inline CpuClock& this_cpu_clock() { return cpu_clocks[arch::this_cpu().raw()]; }

// The counter, not read before what stands before it has happened: so that CPUs that speak to each other see time go on.
inline u64 ordered_cycles() {
  asm volatile("lfence" ::: "memory");
  return arch::cycles();
}

}  // namespace xenolith
