// SPDX-License-Identifier: MIT
// The block of a vCPU, found through TPIDR_EL1.
#pragma once

#include <guest/trap.hpp>

#include <atomic>

#include "core/base/types.hpp"
#include "core/base/units.hpp"

namespace xenolith::guest {

inline constexpr unsigned most_cpus = 16;

using CpuFunction = void (*)();

struct Cpu {
  u32 id;
  Catch* catching;
  alignas(16) u8 stack[16384];  // the first vCPU has the boot stack
};

Cpu& this_cpu();

// Makes the calling vCPU number `id`: exception vectors, its interface of the interrupt controller. Interrupts stay off.
void initialise_cpu(u32 id);

// What firmware calls and interrupt controller know vCPUs by: sixteen in a cluster.
u64 affinity_of(u32 id);

// How many vCPUs the device tree names; at most most_cpus.
unsigned cpu_count();

// Starts vCPU `id` by PSCI; it runs `entry` with interrupts off, and switches itself off when that returns. Returns whether it came up.
bool start_cpu(u32 id, CpuFunction entry);

}  // namespace xenolith::guest
