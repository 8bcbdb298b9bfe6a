// SPDX-License-Identifier: MIT
// The block of a vCPU (descriptor tables, stacks, what its traps need), found through %gs.
#pragma once

#include <atomic>

#include "core/base/types.hpp"
#include "core/base/units.hpp"
#include <guest/trap.hpp>

namespace xenolith::guest {

inline constexpr unsigned most_cpus = 16;

namespace selector {
inline constexpr u16 code = 0x10, data = 0x18, user_code = 0x23, user_data = 0x2b, task = 0x30;
}

using CpuFunction = void (*)();

struct Cpu {
  Cpu* self;  // at gs:0
  u32 id;
  Catch* catching;
  u64 gdt[8];
  u32 task_state[26];
  alignas(16) u8 trap_stack[8192];  // for traps from ring 3
  alignas(16) u8 stack[16384];      // the first vCPU has the boot stack
};

Cpu& this_cpu();

// Makes the calling vCPU number `id`: descriptor tables, %gs, local APIC on in x2APIC mode. Interrupts stay off.
void initialise_cpu(u32 id);

// How many vCPUs the start information's ACPI tables and the hypervisor know; at most most_cpus.
unsigned cpu_count();

// Starts vCPU `id` with INIT and start-up IPI; it runs `entry` with interrupts off, and halts for good (which
// takes it down) when that returns.
// Returns whether it came up within a second.
bool start_cpu(u32 id, CpuFunction entry);

// Same through VCPUOP_initialise and VCPUOP_up: the vCPU starts in 64-bit mode. Returns the failing call's answer, or 0.
long start_cpu_by_hypercall(u32 id, CpuFunction entry);

}  // namespace xenolith::guest
