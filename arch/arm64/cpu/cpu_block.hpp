// SPDX-License-Identifier: MIT
// CpuBlock: what belongs to one physical CPU. TPIDR_EL2 points at the running CPU's own.
#pragma once

#include <arch/cpu.hpp>

#include "core/base/units.hpp"

namespace xenolith {

class Frame;
class Vcpu;
struct GuestRegisters;

// See hyp/held_page.hpp.
struct HeldPage {
  u64 page = 0;             // its number in guest-virtual memory
  Frame* frame = nullptr;   // with a reference; nullptr: none is held
  std::byte* window = nullptr;  // where it is mapped, and by which entry
  u64* entry = nullptr;
  bool is_writable = false;
};

struct CpuBlock {
  u32 id = 0;                          // offset 0: arch::this_cpu()
  u32 in_panic = 0;
  GuestRegisters* guest = nullptr;     // offset 8: where hyp/enter.S keeps the registers of the guest that is entered
  u64 stack_top = 0;                   // offset 16: of the stack that the main loop runs on
  u64 mpidr = 0;                       // affinity fields of MPIDR_EL1
  Vcpu* current = nullptr;             // runs or ran last here; its state may still be in the registers
  HeldPage held;
};
static_assert(__builtin_offsetof(CpuBlock, id) == 0 && __builtin_offsetof(CpuBlock, guest) == 8);
static_assert(__builtin_offsetof(CpuBlock, stack_top) == 16);

inline CpuBlock& this_cpu_block() {
  CpuBlock* block;
  asm("mrs %0, tpidr_el2" : "=r"(block));
  return *block;
}

// The block of a CPU that has been found, else nullptr.
CpuBlock* cpu_block(CpuId cpu);
// Number of CPUs that run.
unsigned cpus_online();

}  // namespace xenolith
