// SPDX-License-Identifier: MIT
// CpuBlock: what belongs to one physical CPU. GS base points at the running CPU's own.
#pragma once

#include <arch/cpu.hpp>

#include <array>

#include "arch/x86/cpu/descriptors.hpp"
#include "core/base/units.hpp"
#include "core/memory/heap_pages.hpp"

namespace xenolith {

class Vcpu;

struct CpuBlock {
  CpuBlock* self = nullptr;       // offset 0: read through GS
  u32 id = 0;                     // offset 8: arch::this_cpu()
  u64 stack_top = 0;              // of the stack that the main loop runs on
  u32 apic_id = 0;
  u32 in_panic = 0;
  Vcpu* current = nullptr;        // runs or ran last here; its guest state may still be in the registers
  Mfn host_vmcb = invalid_mfn;    // SVM: host state for VMLOAD
  std::array<HeapPages, 2> vendor_pages;  // what the virtualisation hardware keeps in memory for this CPU
  Tss tss;
  Gdt gdt;
};
static_assert(__builtin_offsetof(CpuBlock, self) == 0 && __builtin_offsetof(CpuBlock, id) == 8);
static_assert(__builtin_offsetof(CpuBlock, stack_top) == 16);

inline CpuBlock& this_cpu_block() {
  CpuBlock* block;
  asm("movq %%gs:0, %0" : "=r"(block));
  return *block;
}

// The block of a CPU that has been brought up, else nullptr.
CpuBlock* cpu_block(CpuId cpu);
// Number of CPUs found (including those that did not start), and those that run.
unsigned cpus_online();

}  // namespace xenolith
