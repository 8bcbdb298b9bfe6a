// SPDX-License-Identifier: MIT
// SpeculationFacts: what a processor says of itself that matters for speculation. Sources: Intel, "CPUID Enumeration and Architectural
// MSRs"; AMD64 APM volume 3, appendix E "Obtaining Processor Information Via the CPUID Instruction", leaf 8000_0008.
#pragma once

#include "core/base/types.hpp"

namespace xenolith::speculation {

// CPUID 7.0, edx.
namespace leaf7 {
inline constexpr u32 md_clear = 1u << 10, ibrs_ibpb = 1u << 26, stibp = 1u << 27, l1d_flush = 1u << 28,
                     arch_capabilities = 1u << 29, ssbd = 1u << 31;
}
// CPUID 0x80000008, ebx.
namespace leaf8 {
inline constexpr u32 ibpb = 1u << 12, ibrs = 1u << 14, stibp = 1u << 15, ibrs_always = 1u << 16, stibp_always = 1u << 17,
                     ibrs_preferred = 1u << 18, ibrs_same_mode = 1u << 19, ssbd = 1u << 24, virtual_ssbd = 1u << 25,
                     ssb_no = 1u << 26, psfd = 1u << 28, btc_no = 1u << 29, ibpb_clears_returns = 1u << 30;
}
// MSR IA32_ARCH_CAPABILITIES.
namespace capability {
inline constexpr u64 rdcl_no = 1u << 0, ibrs_all = 1u << 1, rsba = 1u << 2, skip_l1d_flush = 1u << 3, ssb_no = 1u << 4,
                     mds_no = 1u << 5, page_size_change_no = 1u << 6, taa_no = 1u << 8, sbdr_ssdp_no = 1u << 13,
                     fbsdp_no = 1u << 14, psdp_no = 1u << 15, fb_clear = 1u << 17, rrsba = 1u << 19, bhi_no = 1u << 20,
                     pbrsb_no = 1u << 24, gds_no = 1u << 26, rfds_no = 1u << 27;
}
// MSR SPEC_CTRL.
namespace control {
inline constexpr u32 ibrs = 1u << 0, stibp = 1u << 1, ssbd = 1u << 2, psfd = 1u << 7;
}
// MSRs PRED_CMD and FLUSH_CMD.
inline constexpr u64 issue_barrier = 1, flush_l1d = 1;

struct SpeculationFacts {
  enum class Vendor : u8 { intel, amd, other };
  Vendor vendor = Vendor::other;
  unsigned family = 0, model = 0;  // with the extended parts
  u32 leaf7_edx = 0, leaf8_ebx = 0;
  u64 capabilities = 0;            // 0 where there is no such MSR
  bool has_tsx = false;
  bool smt = false;                // a core has several CPUs
  bool built_with_thunks = false;  // the compiler replaced indirect branches

  bool is_intel() const { return vendor == Vendor::intel; }
  bool is_amd() const { return vendor == Vendor::amd; }
  bool has_ibrs() const { return (leaf7_edx & leaf7::ibrs_ibpb) || (leaf8_ebx & leaf8::ibrs); }
  bool has_ibpb() const { return (leaf7_edx & leaf7::ibrs_ibpb) || (leaf8_ebx & leaf8::ibpb); }
  bool has_stibp() const { return (leaf7_edx & leaf7::stibp) || (leaf8_ebx & leaf8::stibp); }
  bool has_ssbd() const { return (leaf7_edx & leaf7::ssbd) || (leaf8_ebx & leaf8::ssbd); }
  bool has_psfd() const { return leaf8_ebx & leaf8::psfd; }
  bool has_l1d_flush() const { return leaf7_edx & leaf7::l1d_flush; }
  bool has_md_clear() const { return leaf7_edx & leaf7::md_clear; }
  // MSR SPEC_CTRL exists.
  bool has_spec_ctrl() const { return has_ibrs() || has_stibp() || has_ssbd() || has_psfd(); }
};

}  // namespace xenolith::speculation
