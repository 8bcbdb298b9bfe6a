// SPDX-License-Identifier: MIT
// Bits of CPUID that the hypervisor names. Internal to the CPUID policy; what is not named here no guest sees.
// Sources: Intel SDM volume 2A, "CPUID"; AMD64 APM volume 3, appendix E "Obtaining Processor Information Via the CPUID
// Instruction".
#pragma once

#include "core/base/types.hpp"

namespace xenolith::hvm::feature {

constexpr u32 flag(unsigned index) { return 1u << index; }

// Leaf 1, ecx.
inline constexpr u32 sse3 = flag(0), pclmulqdq = flag(1), ssse3 = flag(9), fma = flag(12), cx16 = flag(13),
                     sse4_1 = flag(19), sse4_2 = flag(20), x2apic = flag(21), movbe = flag(22), popcnt = flag(23),
                     tsc_deadline = flag(24), aes = flag(25), xsave = flag(26), osxsave = flag(27), avx = flag(28),
                     f16c = flag(29), rdrand = flag(30), hypervisor = flag(31);
// Leaf 1, edx. On AMD most of them again in leaf 0x80000001.
inline constexpr u32 fpu = flag(0), vme = flag(1), de = flag(2), pse = flag(3), tsc = flag(4), msr = flag(5),
                     pae = flag(6), mce = flag(7), cx8 = flag(8), apic = flag(9), sep = flag(11), mtrr = flag(12),
                     pge = flag(13), mca = flag(14), cmov = flag(15), pat = flag(16), pse36 = flag(17),
                     clflush = flag(19), mmx = flag(23), fxsr = flag(24), sse = flag(25), sse2 = flag(26),
                     htt = flag(28);
// Leaf 6, eax.
inline constexpr u32 arat = flag(2);
// Leaf 7.0, ebx.
inline constexpr u32 fsgsbase = flag(0), tsc_adjust = flag(1), bmi1 = flag(3), avx2 = flag(5),
                     fdp_excptn_only = flag(6),
                     smep = flag(7), bmi2 = flag(8), erms = flag(9), no_fpu_selectors = flag(13), avx512f = flag(16),
                     avx512dq = flag(17), rdseed = flag(18), adx = flag(19), smap = flag(20), avx512ifma = flag(21),
                     clflushopt = flag(23), clwb = flag(24), avx512pf = flag(26), avx512er = flag(27),
                     avx512cd = flag(28), sha = flag(29), avx512bw = flag(30), avx512vl = flag(31);
// Leaf 7.0, ecx.
inline constexpr u32 avx512vbmi = flag(1), umip = flag(2), pku = flag(3), ospke = flag(4), avx512vbmi2 = flag(6),
                     gfni = flag(8), vaes = flag(9), vpclmulqdq = flag(10), avx512vnni = flag(11),
                     avx512bitalg = flag(12), avx512vpopcntdq = flag(14), rdpid = flag(22), cldemote = flag(25),
                     movdiri = flag(27), movdir64b = flag(28);
// Leaf 7.0, edx.
inline constexpr u32 avx512_4vnniw = flag(2), avx512_4fmaps = flag(3), fsrm = flag(4), avx512vp2intersect = flag(8),
                     md_clear = flag(10), serialize = flag(14), ibrs_ibpb = flag(26), stibp = flag(27), l1d_flush = flag(28),
                     arch_capabilities = flag(29), ssbd = flag(31);
// Leaf 7.1, eax.
inline constexpr u32 avx_vnni = flag(4), avx512bf16 = flag(5), fzrm = flag(10), fsrs = flag(11), fsrcs = flag(12);
// Leaf 0xd.1, eax.
inline constexpr u32 xsaveopt = flag(0), xsavec = flag(1), xgetbv1 = flag(2);
// Leaf 0x80000001, ecx.
inline constexpr u32 lahf_long = flag(0), cmp_legacy = flag(1), cr8_legacy = flag(4), lzcnt = flag(5), sse4a = flag(6),
                     misaligned_sse = flag(7), prefetch = flag(8), xop = flag(11), fma4 = flag(16), tbm = flag(21);
// Leaf 0x80000001, edx.
inline constexpr u32 syscall = flag(11), nx = flag(20), mmxext = flag(22), ffxsr = flag(25), gib_pages = flag(26),
                     rdtscp = flag(27), long_mode = flag(29), now3d_ext = flag(30), now3d = flag(31);
// Leaf 0x80000007, edx.
inline constexpr u32 invariant_tsc = flag(8);
// Leaf 0x80000008, ebx.
inline constexpr u32 clzero = flag(0), fp_error_pointers = flag(2), amd_ibpb = flag(12), amd_ibrs = flag(14), amd_stibp = flag(15),
                     ibrs_always = flag(16), stibp_always = flag(17), ibrs_preferred = flag(18), ibrs_same_mode = flag(19),
                     amd_ssbd = flag(24), amd_ssb_no = flag(26), psfd = flag(28), btc_no = flag(29), ibpb_clears_returns = flag(30);
// Leaf 0x80000021, eax.
inline constexpr u32 lfence_serialising = flag(2), null_selector_clears_base = flag(6);

// ---- what guests may see of each word, if the processor has it
inline constexpr u32 shown_1_ecx = sse3 | pclmulqdq | ssse3 | fma | cx16 | sse4_1 | sse4_2 | movbe | popcnt | aes |
                                   xsave | avx | f16c | rdrand;
inline constexpr u32 shown_1_edx = fpu | vme | de | pse | tsc | msr | pae | mce | cx8 | sep | mtrr | pge | mca | cmov |
                                   pat | pse36 | clflush | mmx | fxsr | sse | sse2;
inline constexpr u32 shown_7_ebx = fsgsbase | tsc_adjust | bmi1 | avx2 | fdp_excptn_only | smep | bmi2 | erms |
                                   no_fpu_selectors | avx512f | avx512dq | rdseed | adx | smap | avx512ifma |
                                   clflushopt | clwb | avx512pf | avx512er | avx512cd | sha | avx512bw | avx512vl;
inline constexpr u32 shown_7_ecx = avx512vbmi | umip | pku | avx512vbmi2 | gfni | vaes | vpclmulqdq | avx512vnni |
                                   avx512bitalg | avx512vpopcntdq | rdpid | cldemote | movdiri | movdir64b;
inline constexpr u32 shown_7_edx = avx512_4vnniw | avx512_4fmaps | fsrm | avx512vp2intersect | md_clear | serialize;
inline constexpr u32 shown_7_1_eax = avx_vnni | avx512bf16 | fzrm | fsrs | fsrcs;
inline constexpr u32 shown_d_1_eax = xsaveopt | xsavec | xgetbv1;
inline constexpr u32 shown_e1_ecx = lahf_long | cr8_legacy | lzcnt | sse4a | misaligned_sse | prefetch | xop | fma4 |
                                    tbm;
inline constexpr u32 shown_e1_edx = syscall | nx | mmxext | ffxsr | gib_pages | rdtscp | long_mode | now3d_ext | now3d;
inline constexpr u32 repeated_on_amd = fpu | vme | de | pse | tsc | msr | pae | mce | cx8 | mtrr | pge | mca | cmov |
                                       pat | pse36 | mmx | fxsr;
inline constexpr u32 shown_e8_ebx = clzero | fp_error_pointers;
// Only where the hypervisor switches SPEC_CTRL for guests.
inline constexpr u32 spec_ctrl_7_edx = ibrs_ibpb | stibp | ssbd;
inline constexpr u32 spec_ctrl_e8_ebx = amd_ibrs | amd_stibp | ibrs_always | stibp_always | ibrs_preferred | ibrs_same_mode |
                                        amd_ssbd | psfd;
// Barriers, and what the processor says of itself.
inline constexpr u32 barriers_7_edx = l1d_flush | arch_capabilities;
inline constexpr u32 barriers_e8_ebx = amd_ibpb | amd_ssb_no | btc_no | ibpb_clears_returns;
inline constexpr u32 shown_e21_eax = lfence_serialising | null_selector_clears_base;

// ---- what falls away with an extended state component that is not offered
inline constexpr u32 needs_avx_1_ecx = avx | fma | f16c;
inline constexpr u32 needs_avx512_7_ebx = avx512f | avx512dq | avx512ifma | avx512pf | avx512er | avx512cd | avx512bw |
                                          avx512vl;
inline constexpr u32 needs_avx512_7_ecx = avx512vbmi | avx512vbmi2 | avx512vnni | avx512bitalg | avx512vpopcntdq;
inline constexpr u32 needs_ibrs_7_edx = stibp | ssbd;
inline constexpr u32 needs_amd_ibrs_e8_ebx = amd_stibp | ibrs_always | stibp_always | ibrs_preferred | ibrs_same_mode | amd_ssbd |
                                             psfd;
inline constexpr u32 needs_avx512_7_edx = avx512_4vnniw | avx512_4fmaps | avx512vp2intersect;

}  // namespace xenolith::hvm::feature
