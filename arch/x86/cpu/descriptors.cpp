// SPDX-License-Identifier: MIT
#include "arch/x86/cpu/descriptors.hpp"

#include "arch/x86/cpu/cpu_block.hpp"
#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/cpu/traps.hpp"

namespace xenolith {
namespace {

alignas(4096) constinit std::array<IdtEntry, 256> idt{};

struct [[gnu::packed]] TablePointer {
  u16 limit;
  const void* base;
};

constexpr u64 code_descriptor = 0x00af'9b00'0000'ffff;
constexpr u64 data_descriptor = 0x00cf'9300'0000'ffff;

void set_tss_descriptor(Gdt& gdt, const Tss& tss) {
  u64 base = reinterpret_cast<u64>(&tss);
  constexpr u64 available_tss = 0x89;
  gdt.entries[3] = (sizeof(Tss) - 1) | (base & 0xff'ffff) << 16 | available_tss << 40 | (base >> 24 & 0xff) << 56;
  gdt.entries[4] = base >> 32;
}

}  // namespace

void build_idt() {
  for (unsigned vector = 0; vector < idt.size(); ++vector) {
    InterruptStack stack = InterruptStack::none;
    if (vector == 2) stack = InterruptStack::nmi;
    if (vector == 8) stack = InterruptStack::double_fault;
    if (vector == 18) stack = InterruptStack::machine_check;
    idt[vector] = interrupt_gate(reinterpret_cast<u64>(trap_stubs) + vector * trap_stub_size, stack);
  }
}

void load_descriptors(CpuBlock& cpu) {
  cpu.self = &cpu;
  cpu.gdt.entries = {0, code_descriptor, data_descriptor, 0, 0};
  set_tss_descriptor(cpu.gdt, cpu.tss);
  TablePointer gdt{sizeof(Gdt) - 1, &cpu.gdt};
  TablePointer interrupts{sizeof(idt) - 1, idt.data()};
  asm volatile(
      "lgdt %0\n\t"
      "pushq %3\n\t"
      "leaq 1f(%%rip), %%rax\n\t"
      "pushq %%rax\n\t"
      "lretq\n"
      "1: movl %4, %%eax\n\t"
      "movl %%eax, %%ds\n\t"
      "movl %%eax, %%es\n\t"
      "movl %%eax, %%ss\n\t"
      "xorl %%eax, %%eax\n\t"
      "movl %%eax, %%fs\n\t"
      "movl %%eax, %%gs\n\t"
      "lidt %1\n\t"
      "ltr %2"
      :
      : "m"(gdt), "m"(interrupts), "r"(tss_selector), "i"(code_selector), "i"(data_selector)
      : "rax", "memory");
  write_msr(Msr::gs_base, reinterpret_cast<u64>(&cpu));
}

}  // namespace xenolith
