// SPDX-License-Identifier: MIT
// Reading and writing processor registers: control registers, model-specific registers, CPUID, ports.
#pragma once

#include "core/base/result.hpp"
#include "core/base/types.hpp"

namespace xenolith {

enum class Msr : u32 {
  tsc = 0x10,
  apic_base = 0x1b,
  feature_control = 0x3a,
  tsc_adjust = 0x3b,
  spec_ctrl = 0x48,
  pred_cmd = 0x49,
  bios_sign_id = 0x8b,
  mtrr_cap = 0xfe,
  arch_capabilities = 0x10a,
  flush_cmd = 0x10b,
  sysenter_cs = 0x174,
  sysenter_esp = 0x175,
  sysenter_eip = 0x176,
  mcg_cap = 0x179,
  mcg_status = 0x17a,
  misc_enable = 0x1a0,
  debug_control = 0x1d9,
  mtrr_physical_base0 = 0x200,
  mtrr_fix64k = 0x250,
  pat = 0x277,
  mtrr_def_type = 0x2ff,
  mc0_control = 0x400,
  vmx_basic = 0x480,  // the other capability registers of VMX follow
  tsc_deadline = 0x6e0,
  x2apic_first = 0x800,
  x2apic_last = 0x8ff,
  xss = 0xda0,
  efer = 0xc0000080,
  star = 0xc0000081,
  lstar = 0xc0000082,
  cstar = 0xc0000083,
  syscall_mask = 0xc0000084,
  fs_base = 0xc0000100,
  gs_base = 0xc0000101,
  kernel_gs_base = 0xc0000102,
  tsc_aux = 0xc0000103,
  tsc_ratio = 0xc0000104,
  syscfg = 0xc0010010,
  hwcr = 0xc0010015,
  vm_cr = 0xc0010114,
  vm_hsave_pa = 0xc0010117,
};

namespace efer {
inline constexpr u64 sce = 1 << 0, lme = 1 << 8, lma = 1 << 10, nxe = 1 << 11, svme = 1 << 12, ffxsr = 1 << 14;
}
namespace cr0 {
inline constexpr u64 pe = 1 << 0, mp = 1 << 1, em = 1 << 2, ts = 1 << 3, et = 1 << 4, ne = 1 << 5, wp = 1 << 16,
                     am = 1 << 18, nw = 1 << 29, cd = 1 << 30, pg = u64{1} << 31;
}
namespace cr4 {
inline constexpr u64 vme = 1 << 0, pvi = 1 << 1, tsd = 1 << 2, de = 1 << 3, pse = 1 << 4, pae = 1 << 5, mce = 1 << 6,
                     pge = 1 << 7, pce = 1 << 8, osfxsr = 1 << 9, osxmmexcpt = 1 << 10, umip = 1 << 11, la57 = 1 << 12,
                     vmxe = 1 << 13, fsgsbase = 1 << 16, pcide = 1 << 17, osxsave = 1 << 18, smep = 1 << 20,
                     smap = 1 << 21, pke = 1 << 22;
}
namespace rflags {
inline constexpr u64 cf = 1 << 0, fixed = 1 << 1, tf = 1 << 8, interrupt = 1 << 9, df = 1 << 10, iopl = 3 << 12,
                     rf = 1 << 16, vm = 1 << 17;
}

inline u64 read_msr(Msr msr) {
  u32 low, high;
  asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
  return u64{high} << 32 | low;
}
inline void write_msr(Msr msr, u64 value) {
  asm volatile("wrmsr" ::"c"(msr), "a"(static_cast<u32>(value)), "d"(static_cast<u32>(value >> 32)) : "memory");
}
// For registers that may not exist: fail with ENODEV where the processor answers #GP.
Result<u64> read_msr_safe(u32 msr);
Result<void> write_msr_safe(u32 msr, u64 value);

struct CpuidResult {
  u32 eax, ebx, ecx, edx;
};
inline CpuidResult cpuid(u32 leaf, u32 subleaf = 0) {
  CpuidResult r;
  asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
  return r;
}

inline u64 read_cr0() { u64 v; asm volatile("mov %%cr0, %0" : "=r"(v)); return v; }
inline u64 read_cr2() { u64 v; asm volatile("mov %%cr2, %0" : "=r"(v)); return v; }
inline u64 read_cr3() { u64 v; asm volatile("mov %%cr3, %0" : "=r"(v)); return v; }
inline u64 read_cr4() { u64 v; asm volatile("mov %%cr4, %0" : "=r"(v)); return v; }
inline void write_cr0(u64 v) { asm volatile("mov %0, %%cr0" ::"r"(v) : "memory"); }
inline void write_cr2(u64 v) { asm volatile("mov %0, %%cr2" ::"r"(v) : "memory"); }
inline void write_cr3(u64 v) { asm volatile("mov %0, %%cr3" ::"r"(v) : "memory"); }
inline void write_cr4(u64 v) { asm volatile("mov %0, %%cr4" ::"r"(v) : "memory"); }

inline u8 in8(u16 port) { u8 v; asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
inline u16 in16(u16 port) { u16 v; asm volatile("inw %1, %0" : "=a"(v) : "Nd"(port)); return v; }
inline u32 in32(u16 port) { u32 v; asm volatile("inl %1, %0" : "=a"(v) : "Nd"(port)); return v; }
inline void out8(u16 port, u8 v) { asm volatile("outb %0, %1" ::"a"(v), "Nd"(port)); }
inline void out16(u16 port, u16 v) { asm volatile("outw %0, %1" ::"a"(v), "Nd"(port)); }
inline void out32(u16 port, u32 v) { asm volatile("outl %0, %1" ::"a"(v), "Nd"(port)); }

}  // namespace xenolith
