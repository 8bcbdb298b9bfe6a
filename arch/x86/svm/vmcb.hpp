// SPDX-License-Identifier: MIT
// The virtual machine control block (AMD64 APM volume 2, appendix B "Layout of VMCB").
#pragma once

#include <array>
#include <cstddef>

#include "core/base/bits.hpp"
#include "core/base/types.hpp"

namespace xenolith::svm {

struct VmcbSegment {
  u16 selector, attributes;
  u32 limit;
  u64 base;
};

struct Vmcb {
  // ---- control area
  u32 intercept_cr;         // reads 15:0, writes 31:16
  u32 intercept_dr;
  u32 intercept_exceptions;
  u32 intercept_misc1;
  u32 intercept_misc2;
  u8 reserved014[0x3c - 0x14];
  u16 pause_threshold;
  u16 pause_count;
  u64 io_bitmap;
  u64 msr_bitmap;
  u64 tsc_offset;
  u32 asid;
  u8 tlb_control;
  u8 reserved05d[3];
  u64 virtual_interrupt;    // see VirtualInterrupt
  u64 interrupt_shadow;
  u64 exit_code;
  u64 exit_info1;
  u64 exit_info2;
  u64 exit_interrupt_info;
  u64 nested_control;       // bit 0: nested paging
  u8 reserved098[0xa8 - 0x98];
  u64 event_injection;
  u64 nested_cr3;
  u64 virtualisation_extensions;
  u32 clean_bits;
  u32 reserved0c4;
  u64 next_rip;
  u8 instruction_bytes_fetched;
  u8 instruction_bytes[15];
  u8 reserved0e0[0x400 - 0xe0];
  // ---- state save area
  VmcbSegment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
  u8 reserved4a0[0x4cb - 0x4a0];
  u8 cpl;
  u32 reserved4cc;
  u64 efer;
  u8 reserved4d8[0x548 - 0x4d8];
  u64 cr4, cr3, cr0, dr7, dr6, rflags, rip;
  u8 reserved580[0x5d8 - 0x580];
  u64 rsp;
  u64 s_cet, ssp, interrupt_ssp_table;
  u64 rax, star, lstar, cstar, syscall_mask, kernel_gs_base, sysenter_cs, sysenter_esp, sysenter_eip, cr2;
  u8 reserved648[0x668 - 0x648];
  u64 pat, debug_control, branch_from, branch_to, exception_from, exception_to;
  u8 reserved698[0x1000 - 0x698];
};
static_assert(sizeof(Vmcb) == 0x1000);
static_assert(offsetof(Vmcb, io_bitmap) == 0x40 && offsetof(Vmcb, asid) == 0x58 && offsetof(Vmcb, exit_code) == 0x70);
static_assert(offsetof(Vmcb, event_injection) == 0xa8 && offsetof(Vmcb, next_rip) == 0xc8);
static_assert(offsetof(Vmcb, es) == 0x400 && offsetof(Vmcb, cpl) == 0x4cb && offsetof(Vmcb, efer) == 0x4d0);
static_assert(offsetof(Vmcb, cr4) == 0x548 && offsetof(Vmcb, rip) == 0x578 && offsetof(Vmcb, rsp) == 0x5d8);
static_assert(offsetof(Vmcb, rax) == 0x5f8 && offsetof(Vmcb, cr2) == 0x640 && offsetof(Vmcb, pat) == 0x668);

// tlb_control (AMD64 APM volume 2, section 15.16.1 "TLB Flush"); flush_asid only with the feature of that name.
namespace tlb {
inline constexpr u8 keep = 0, flush_all = 1, flush_asid = 3;
}

struct VirtualInterrupt {
  using Tpr = Bits<7, 0>;
  using Request = Bits<8>;
  using Priority = Bits<19, 16>;
  using IgnoreTpr = Bits<20>;
  using Masking = Bits<24>;
  using Vector = Bits<39, 32>;
};

// EVENTINJ and EXITINTINFO.
struct EventField {
  using Vector = Bits<7, 0>;
  using Kind = Bits<10, 8>;
  using HasError = Bits<11>;
  using Valid = Bits<31>;
  using Error = Bits<63, 32>;
};

// Bits of intercept_misc1 (vector 3) and intercept_misc2 (vector 4).
namespace misc1 {
inline constexpr u32 intr = 1u << 0, nmi = 1u << 1, smi = 1u << 2, init = 1u << 3, vintr = 1u << 4, rdtsc = 1u << 14, rdpmc = 1u << 15,
                     cpuid = 1u << 18, rsm = 1u << 19, invd = 1u << 22, pause = 1u << 23, hlt = 1u << 24, invlpga = 1u << 26,
                     io = 1u << 27, msr = 1u << 28, task_switch = 1u << 29, ferr_freeze = 1u << 30, shutdown = 1u << 31;
}
namespace misc2 {
inline constexpr u32 vmrun = 1u << 0, vmmcall = 1u << 1, vmload = 1u << 2, vmsave = 1u << 3, stgi = 1u << 4,
                     clgi = 1u << 5, skinit = 1u << 6, rdtscp = 1u << 7, icebp = 1u << 8, wbinvd = 1u << 9, monitor = 1u << 10,
                     mwait = 1u << 11, xsetbv = 1u << 13;
}

enum ExitCode : u64 {
  exit_cr_read = 0x00, exit_cr_write = 0x10, exit_dr_read = 0x20, exit_dr_write = 0x30, exit_exception = 0x40,
  exit_intr = 0x60, exit_nmi = 0x61, exit_smi = 0x62, exit_init = 0x63, exit_vintr = 0x64, exit_cr0_selective = 0x65,
  exit_idtr_read = 0x66, exit_tr_write = 0x6d, exit_rdtsc = 0x6e, exit_rdpmc = 0x6f, exit_cpuid = 0x72, exit_rsm = 0x73, exit_iret = 0x74,
  exit_invd = 0x76, exit_pause = 0x77, exit_hlt = 0x78, exit_invlpg = 0x79, exit_invlpga = 0x7a, exit_io = 0x7b,
  exit_msr = 0x7c, exit_task_switch = 0x7d, exit_ferr_freeze = 0x7e, exit_shutdown = 0x7f, exit_vmrun = 0x80,
  exit_vmmcall = 0x81, exit_vmload = 0x82, exit_skinit = 0x86, exit_rdtscp = 0x87, exit_icebp = 0x88, exit_wbinvd = 0x89,
  exit_monitor = 0x8a, exit_mwait = 0x8b, exit_mwait_armed = 0x8c, exit_xsetbv = 0x8d, exit_nested_page_fault = 0x400,
};
inline constexpr u64 exit_invalid = ~u64{0};

// Error code of a nested page fault, in exit_info1.
struct NestedFault {
  using Write = Bits<1>;
  using Fetch = Bits<4>;
};

// exit_info1 of an I/O exit (AMD64 APM volume 2, section 15.10.2 "IN and OUT Behavior").
struct IoInformation {
  using In = Bits<0>;
  using String = Bits<2>;
  using Repeat = Bits<3>;
  using Size = Bits<6, 4>;  // one of 1, 2, 4 bytes as a bit
  using Port = Bits<31, 16>;
};

}  // namespace xenolith::svm
