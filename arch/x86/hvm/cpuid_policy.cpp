// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/cpuid_policy.hpp"

#include <algorithm>

#include "arch/x86/hvm/cpuid_features.hpp"
#include "core/base/bits.hpp"

namespace xenolith::hvm {
namespace {

using namespace feature;

constexpr u32 extended_first = 0x80000000;
constexpr u32 max_extended_intel = 0x80000008;
constexpr unsigned last_component = 9;
constexpr u32 linear_bits = 48;  // LA57 is hidden
constexpr unsigned most_physical_bits = 48;  // of guest-physical maps
constexpr u64 xcr0_avx = bit(2), xcr0_avx512 = bit(5) | bit(6) | bit(7), xcr0_pkru = bit(9);

bool is_amd_name(const CpuidResult& leaf) {
  bool amd = leaf.ebx == 0x68747541 && leaf.edx == 0x69746e65 && leaf.ecx == 0x444d4163;    // AuthenticAMD
  bool hygon = leaf.ebx == 0x6f677948 && leaf.edx == 0x6e65476e && leaf.ecx == 0x656e6975;  // HygonGenuine
  return amd || hygon;
}

// Leaves whose contents describe the processor and nothing that has to be hidden.
constexpr bool is_plain_basic(u32 leaf) { return leaf == 0 || leaf == 2; }
constexpr bool is_plain_extended(u32 leaf) {
  return (leaf >= 0x80000002 && leaf <= 0x80000006) || leaf == 0x80000019 || leaf == 0x8000001a;
}

}  // namespace

CpuidPolicy CpuidPolicy::most(Source host, const Options& options) {
  CpuidPolicy policy;
  policy.is_amd_ = is_amd_name(host(0, 0));
  policy.x2apic_ = options.x2apic;
  policy.vcpus_ = options.max_vcpus;
  policy.take_basic(host, options);
  policy.take_extended(host, options);
  policy.take_xstate(host, options.xcr0_mask);
  policy.drop_dependent(options.xcr0_mask);
  return policy;
}

void CpuidPolicy::take_basic(Source host, const Options& options) {
  u32 maximum = std::min(host(0, 0).eax, max_basic);
  for (u32 leaf = 0; leaf <= maximum; ++leaf)
    if (is_plain_basic(leaf)) basic_[leaf] = host(leaf, 0);
  basic_[0].eax = maximum;

  CpuidResult one = host(1, 0);
  u32 invented = hypervisor | (options.x2apic ? x2apic : 0) | (options.tsc_deadline ? tsc_deadline : 0);
  basic_[1] = {one.eax, one.ebx & 0xff00, (one.ecx & shown_1_ecx) | invented, one.edx & shown_1_edx};

  if (maximum >= 4 && !is_amd_)
    for (u32 i = 0; i < cache_leaves; ++i) caches_[i] = host(4, i);
  if (maximum >= 6) basic_[6].eax = arat;  // the virtual APIC's timer never stops
  if (maximum < 7) return;
  CpuidResult seven = host(7, 0);
  u32 last = std::min(seven.eax, 1u);
  u32 speculation = (options.barriers ? barriers_7_edx : 0) | (options.spec_ctrl ? spec_ctrl_7_edx : 0);
  basic_[7] = {last, seven.ebx & shown_7_ebx, seven.ecx & shown_7_ecx, seven.edx & (shown_7_edx | speculation)};
  if (last >= 1) features_1_ = {host(7, 1).eax & shown_7_1_eax, 0, 0, 0};
}

void CpuidPolicy::take_extended(Source host, const Options& options) {
  CpuidResult first = host(extended_first, 0);
  u32 maximum = std::min(first.eax, is_amd_ ? max_extended : max_extended_intel);
  if (maximum < extended_first) return;
  extended_[0] = {maximum, first.ebx, first.ecx, first.edx};
  for (u32 leaf = extended_first; leaf <= maximum; ++leaf)
    if (is_plain_extended(leaf)) extended_[leaf & 0xff] = host(leaf, 0);
  CpuidResult one = host(0x80000001, 0);
  u32 repeated = is_amd_ ? one.edx & basic_[1].edx & repeated_on_amd : 0;
  extended_[1] = {one.eax, is_amd_ ? one.ebx & 0xf0000000 : 0, one.ecx & shown_e1_ecx,
                  (one.edx & shown_e1_edx) | repeated};
  if (maximum >= 0x80000007 && options.hardware) extended_[7].edx = host(0x80000007, 0).edx & invariant_tsc;
  if (maximum >= 0x80000008) {
    CpuidResult sizes = host(0x80000008, 0);
    physical_bits_ = std::min(static_cast<unsigned>(Bits<7, 0>::get(sizes.eax)), most_physical_bits);
    u32 shown = shown_e8_ebx | (options.barriers ? barriers_e8_ebx : 0) | (options.spec_ctrl ? spec_ctrl_e8_ebx : 0);
    extended_[8] = {linear_bits << 8 | physical_bits_, is_amd_ ? sizes.ebx & shown : 0, 0, 0};
  }
  if (maximum >= 0x80000021) extended_[0x21].eax = host(0x80000021, 0).eax & shown_e21_eax;
}

void CpuidPolicy::take_xstate(Source host, u64 xcr0_mask) {
  if (basic_[0].eax < 0xd || !(basic_[1].ecx & xsave)) xcr0_mask = 0;
  xcr0_mask_ = xcr0_mask;
  if (!xcr0_mask) return;
  xstate_[1].eax = host(0xd, 1).eax & shown_d_1_eax;
  for (u32 i = 2; i <= last_component; ++i)
    if (xcr0_mask & bit(i)) {
      CpuidResult component = host(0xd, i);
      xstate_[i] = {component.eax, component.ebx, component.ecx & 2, 0};
    }
}

void CpuidPolicy::drop_dependent(u64 xcr0_mask) {
  if (!xcr0_mask_) {
    xcr0_mask = 0;
    basic_[1].ecx &= ~xsave;
  }
  if (!(xcr0_mask & xcr0_avx)) {
    basic_[1].ecx &= ~needs_avx_1_ecx;
    basic_[7].ebx &= ~avx2;
    basic_[7].ecx &= ~(vaes | vpclmulqdq);
    features_1_.eax &= ~avx_vnni;
    extended_[1].ecx &= ~(xop | fma4);
  }
  if ((xcr0_mask & xcr0_avx512) != xcr0_avx512) {
    basic_[7].ebx &= ~needs_avx512_7_ebx;
    basic_[7].ecx &= ~needs_avx512_7_ecx;
    basic_[7].edx &= ~needs_avx512_7_edx;
    features_1_.eax &= ~avx512bf16;
  }
  if (!(xcr0_mask & xcr0_pkru)) basic_[7].ecx &= ~pku;
  if (!(basic_[7].edx & ibrs_ibpb)) basic_[7].edx &= ~needs_ibrs_7_edx;
  if (!(extended_[8].ebx & amd_ibrs)) extended_[8].ebx &= ~needs_amd_ibrs_e8_ebx;
}

void CpuidPolicy::restrict_features(u32 leaf, u32 subleaf, const CpuidResult& to) {
  constexpr u32 ever_1_ecx = hypervisor | x2apic;  // a guest of ours has them, whatever is wished
  CpuidResult& seven = basic_[7];
  switch (leaf) {
    case 1: basic_[1].ecx &= to.ecx | ever_1_ecx, basic_[1].edx &= to.edx; break;
    case 7:
      if (subleaf == 0) seven.ebx &= to.ebx, seven.ecx &= to.ecx, seven.edx &= to.edx;
      if (subleaf == 1) features_1_.eax &= to.eax;
      break;
    case 0xd:
      if (subleaf == 0) xcr0_mask_ &= u64{to.edx} << 32 | to.eax;
      if (subleaf == 1) xstate_[1].eax &= to.eax;
      break;
    case extended_first + 1: extended_[1].ecx &= to.ecx, extended_[1].edx &= to.edx; break;
    case extended_first + 7: extended_[7].edx &= to.edx; break;
    case extended_first + 8: extended_[8].ebx &= to.ebx; break;
    case extended_first + 0x21: extended_[0x21].eax &= to.eax; break;
    default: return;
  }
  drop_components();
  drop_dependent(xcr0_mask_);
}

// Extended state whose instructions are not shown.
void CpuidPolicy::drop_components() {
  if (!(basic_[1].ecx & xsave)) xcr0_mask_ = 0;
  if (!(basic_[1].ecx & avx)) xcr0_mask_ &= ~(xcr0_avx | xcr0_avx512);
  if (!(basic_[7].ebx & avx512f)) xcr0_mask_ &= ~xcr0_avx512;
  if (!(basic_[7].ecx & pku)) xcr0_mask_ &= ~xcr0_pkru;
}

bool CpuidPolicy::has_long_mode() const { return extended_[1].edx & long_mode; }
bool CpuidPolicy::has_mtrr() const { return basic_[1].edx & mtrr; }
bool CpuidPolicy::has_machine_check() const { return basic_[1].edx & mca; }
bool CpuidPolicy::has_tsc_aux() const { return (extended_[1].edx & rdtscp) || (basic_[7].ecx & rdpid); }
bool CpuidPolicy::has_tsc_adjust() const { return basic_[7].ebx & tsc_adjust; }

bool CpuidPolicy::has_pred_cmd() const { return (basic_[7].edx & ibrs_ibpb) || (extended_[8].ebx & amd_ibpb); }
bool CpuidPolicy::has_flush_cmd() const { return basic_[7].edx & l1d_flush; }
bool CpuidPolicy::has_arch_capabilities() const { return basic_[7].edx & arch_capabilities; }

// STIBP may be set, and does nothing, where Intel's processors have IBRS only: Intel, "Speculative Execution Side Channel
// Mitigations", section "Single Thread Indirect Branch Predictors (STIBP)".
u64 CpuidPolicy::spec_ctrl_bits() const {
  constexpr u64 ibrs_bit = bit(0), stibp_bit = bit(1), ssbd_bit = bit(2), psfd_bit = bit(7);
  u32 intel = basic_[7].edx, amd = extended_[8].ebx;
  u64 bits = 0;
  if (intel & ibrs_ibpb) bits |= ibrs_bit | stibp_bit;
  if (amd & amd_ibrs) bits |= ibrs_bit;
  if (amd & amd_stibp) bits |= stibp_bit;
  if ((intel & ssbd) || (amd & amd_ssbd)) bits |= ssbd_bit;
  if (amd & psfd) bits |= psfd_bit;
  return bits;
}

u64 CpuidPolicy::cr4_bits() const {
  const CpuidResult& one = basic_[1];
  const CpuidResult& seven = basic_[7];
  u64 bits = cr4::pce;
  auto add = [&](u32 word, u32 flag, u64 more) {
    if (word & flag) bits |= more;
  };
  add(one.edx, vme, cr4::vme | cr4::pvi);
  add(one.edx, tsc, cr4::tsd);
  add(one.edx, de, cr4::de);
  add(one.edx, pse, cr4::pse);
  add(one.edx, pae, cr4::pae);
  add(one.edx, mce, cr4::mce);
  add(one.edx, pge, cr4::pge);
  add(one.edx, fxsr, cr4::osfxsr);
  add(one.edx, sse, cr4::osxmmexcpt);
  add(one.ecx, xsave, cr4::osxsave);
  add(seven.ebx, fsgsbase, cr4::fsgsbase);
  add(seven.ebx, smep, cr4::smep);
  add(seven.ebx, smap, cr4::smap);
  add(seven.ecx, umip, cr4::umip);
  add(seven.ecx, pku, cr4::pke);
  return bits;
}

u64 CpuidPolicy::efer_bits() const {
  u32 edx = extended_[1].edx;
  return (edx & syscall ? efer::sce : 0) | (edx & long_mode ? efer::lme | efer::lma : 0) | (edx & nx ? efer::nxe : 0) |
         (edx & ffxsr ? efer::ffxsr : 0);
}

}  // namespace xenolith::hvm
