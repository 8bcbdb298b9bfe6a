// SPDX-License-Identifier: MIT
#include "arch/x86/pci/mapped_device_memory.hpp"

#include <arch/mapping.hpp>

namespace xenolith::pci {
namespace {
// Some chipsets decode ECAM only for accesses through the accumulator (AMD BIOS and Kernel Developer's Guide for family
// 10h, "MMIO Configuration Coding Requirements"), and a device must see one access of exactly this size.
u64 load(const void* at, unsigned size) {
  u64 value = 0;
  switch (size) {
    case 1: asm volatile("movb (%1), %%al" : "+a"(value) : "r"(at) : "memory"); break;
    case 2: asm volatile("movw (%1), %%ax" : "+a"(value) : "r"(at) : "memory"); break;
    case 4: asm volatile("movl (%1), %%eax" : "+a"(value) : "r"(at) : "memory"); break;
    default: asm volatile("movq (%1), %%rax" : "+a"(value) : "r"(at) : "memory"); break;
  }
  return value;
}

void store(void* at, unsigned size, u64 value) {
  switch (size) {
    case 1: asm volatile("movb %%al, (%1)" ::"a"(value), "r"(at) : "memory"); break;
    case 2: asm volatile("movw %%ax, (%1)" ::"a"(value), "r"(at) : "memory"); break;
    case 4: asm volatile("movl %%eax, (%1)" ::"a"(value), "r"(at) : "memory"); break;
    default: asm volatile("movq %%rax, (%1)" ::"a"(value), "r"(at) : "memory"); break;
  }
}
}  // namespace

u64 MappedDeviceMemory::read(MachineAddress address, unsigned size) {
  arch::FrameMapping page{frame_of(address)};
  return load(page.bytes() + offset_in_page(address), size);
}

void MappedDeviceMemory::write(MachineAddress address, unsigned size, u64 value) {
  arch::FrameMapping page{frame_of(address)};
  store(page.bytes() + offset_in_page(address), size, value);
}

}  // namespace xenolith::pci
