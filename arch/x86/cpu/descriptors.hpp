// SPDX-License-Identifier: MIT
// Segment descriptors, task state segment and interrupt descriptor table of the hypervisor in 64-bit mode
// (AMD64 Architecture Programmer's Manual, volume 2, section 4.8 "Long-Mode Segment Descriptors", 12.2.5 "64-Bit Task State
// Segment").
#pragma once

#include <array>

#include "core/base/types.hpp"

namespace xenolith {

inline constexpr u16 code_selector = 0x08;
inline constexpr u16 data_selector = 0x10;
inline constexpr u16 tss_selector = 0x18;

// Interrupt stacks, numbered as in the TSS.
enum class InterruptStack : u8 { none = 0, nmi = 1, machine_check = 2, double_fault = 3 };

struct [[gnu::packed]] Tss {
  u32 reserved0 = 0;
  std::array<u64, 3> rsp{};
  u64 reserved1 = 0;
  std::array<u64, 7> ist{};
  u64 reserved2 = 0;
  u16 reserved3 = 0;
  u16 io_map_base = 0x68;
};
static_assert(sizeof(Tss) == 0x68);

struct Gdt {
  std::array<u64, 5> entries{};
};

struct IdtEntry {
  u64 low = 0, high = 0;
};

constexpr IdtEntry interrupt_gate(u64 handler, InterruptStack stack) {
  constexpr u64 present_interrupt_gate = 0x8e;
  return {(handler & 0xffff) | u64{code_selector} << 16 | static_cast<u64>(stack) << 32 | present_interrupt_gate << 40 |
              ((handler >> 16) & 0xffff) << 48,
          handler >> 32};
}

struct CpuBlock;
// Fills the CPU's GDT and TSS and loads them with the common IDT; sets GS base to the block. On the CPU itself.
void load_descriptors(CpuBlock& cpu);
// Builds the IDT; once, before the first load_descriptors().
void build_idt();

}  // namespace xenolith
