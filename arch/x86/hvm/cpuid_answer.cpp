// SPDX-License-Identifier: MIT
// CpuidPolicy's answers: the domain's leaves, with what depends on the vCPU and the moment laid over.
#include <algorithm>

#include "arch/x86/hvm/cpuid_features.hpp"
#include "arch/x86/hvm/cpuid_policy.hpp"
#include "core/base/bits.hpp"
#include "core/base/interface.hpp"

extern "C" {
#include <xen/arch-x86/cpuid.h>
}

namespace xenolith::hvm {
namespace {

using namespace feature;

constexpr u32 version_major = 4, version_minor = 17;
constexpr u32 hypervisor_first = XEN_CPUID_FIRST_LEAF, hypervisor_end = 0x40010000;
constexpr u32 hypervisor_last = XEN_CPUID_LEAF(XEN_CPUID_MAX_NUM_LEAVES);
constexpr u32 hypercall_msr = 0x40000000;
static_assert(CpuidPolicy::time_leaf == XEN_CPUID_LEAF(3));
constexpr u32 legacy_area = 576;  // XSAVE's legacy region and header

// Logarithm, rounded up, of what numbers below `count` take.
unsigned width_for(unsigned count) { return static_cast<unsigned>(std::bit_width(std::max(count, 1u) - 1)); }

CpuidResult time_answer(u32 subleaf, const CpuidView& view, bool has_rdtscp) {
  if (subleaf == 0) {
    u32 flags = (view.tsc_is_emulated ? 1u : 0) | (view.tsc_is_reliable ? 2u : 0) | (has_rdtscp ? 4u : 0);
    return {flags, view.tsc_mode, view.guest_tsc_khz, view.tsc_incarnation};
  }
  if (subleaf == 1)
    return {static_cast<u32>(view.tsc_offset), static_cast<u32>(view.tsc_offset >> 32), view.tsc_scale.multiplier,
            static_cast<u32>(i32{view.tsc_scale.shift})};
  if (subleaf == 2) return {view.host_tsc_khz, 0, 0, 0};
  return {};
}

}  // namespace

CpuidResult CpuidPolicy::answer(u32 leaf, u32 subleaf, const CpuidView& view) const {
  if (leaf >= hypervisor_first && leaf < hypervisor_end) return xen(leaf, subleaf, view);
  if (leaf <= basic_[0].eax) return basic(leaf, subleaf, view);
  if (leaf >= 0x80000000 && leaf <= extended_maximum()) return extended(leaf, view);
  return beyond(view);
}

// Intel's processors answer as for the highest basic leaf, AMD's with zeros.
CpuidResult CpuidPolicy::beyond(const CpuidView& view) const {
  return is_amd_ ? CpuidResult{} : basic(basic_[0].eax, 0, view);
}

CpuidResult CpuidPolicy::basic(u32 leaf, u32 subleaf, const CpuidView& view) const {
  switch (leaf) {
    case 1: return identity(view);
    case 4: return cache(subleaf);
    case 7: {
      if (subleaf == 1) return features_1_;
      if (subleaf > 1) return {};
      CpuidResult result = basic_[7];
      if ((result.ecx & pku) && (view.cr4 & cr4::pke)) result.ecx |= ospke;
      return result;
    }
    case 0xb: return topology(subleaf, view);
    case 0xd: return xstate(subleaf, view);
    default: return basic_[leaf];
  }
}

CpuidResult CpuidPolicy::identity(const CpuidView& view) const {
  CpuidResult result = basic_[1];
  u32 ids = std::min(1u << width_for(apic_ids()), 255u);
  result.ebx = (result.ebx & 0xff00) | (view.apic_id & 0xff) << 24;
  if (vcpus_ > 1) {
    result.ebx |= ids << 16;
    result.edx |= htt;
  }
  if (view.apic_enabled) result.edx |= apic;
  if ((result.ecx & xsave) && (view.cr4 & cr4::osxsave)) result.ecx |= osxsave;
  return result;
}

// Each vCPU is a core with one thread: it shares nothing but the outer caches. A core takes two APIC IDs.
CpuidResult CpuidPolicy::cache(u32 subleaf) const {
  if (subleaf >= cache_leaves) return {};
  CpuidResult result = caches_[subleaf];
  if ((result.eax & 0x1f) == 0) return result;  // no more caches
  unsigned level = static_cast<unsigned>(Bits<7, 5>::get(result.eax));
  u32 ids = 1u << width_for(apic_ids());
  u32 sharing = level >= 3 ? std::min(ids, 4096u) - 1 : 1;
  result.eax = Bits<25, 14>::set(result.eax, sharing);
  result.eax = Bits<31, 26>::set(result.eax, std::min(ids, 64u) - 1);
  return result;
}

CpuidResult CpuidPolicy::topology(u32 subleaf, const CpuidView& view) const {
  if (!x2apic_) return {};
  constexpr u32 thread = 1, core = 2;
  if (subleaf == 0) return {1, 1, thread << 8, view.apic_id};
  if (subleaf == 1) return {width_for(apic_ids()), vcpus_, core << 8 | 1, view.apic_id};
  return {0, 0, subleaf & 0xff, view.apic_id};
}

CpuidResult CpuidPolicy::xstate(u32 subleaf, const CpuidView& view) const {
  if (!xcr0_mask_) return {};
  if (subleaf == 0)
    return {static_cast<u32>(xcr0_mask_), standard_size(view.xcr0), standard_size(xcr0_mask_),
            static_cast<u32>(xcr0_mask_ >> 32)};
  if (subleaf == 1) return {xstate_[1].eax, xstate_[1].eax & xsavec ? compacted_size(view.xcr0) : 0, 0, 0};
  return subleaf < xstate_.size() ? xstate_[subleaf] : CpuidResult{};
}

u32 CpuidPolicy::standard_size(u64 xcr0) const {
  u32 size = legacy_area;
  for (unsigned i = 2; i < xstate_.size(); ++i)
    if (xcr0 & bit(i)) size = std::max(size, xstate_[i].ebx + xstate_[i].eax);
  return size;
}

u32 CpuidPolicy::compacted_size(u64 xcr0) const {
  constexpr u32 aligned = 2;
  u32 size = legacy_area;
  for (unsigned i = 2; i < xstate_.size(); ++i) {
    if (!(xcr0 & bit(i))) continue;
    if (xstate_[i].ecx & aligned) size = align_up(size, u32{64});
    size += xstate_[i].eax;
  }
  return size;
}

CpuidResult CpuidPolicy::extended(u32 leaf, const CpuidView& view) const {
  CpuidResult result = extended_[leaf & 0xff];
  if (leaf == 0x80000001 && is_amd_) {
    if (view.apic_enabled) result.edx |= apic;
    if (vcpus_ > 1) result.ecx |= cmp_legacy;
  }
  if (leaf == 0x80000008 && is_amd_) {
    u32 ids = std::min(apic_ids(), 256u);
    if (vcpus_ > 1) result.ecx = width_for(apic_ids()) << 12 | (ids - 1);
  }
  return result;
}

CpuidResult CpuidPolicy::xen(u32 leaf, u32 subleaf, const CpuidView& view) const {
  switch (leaf) {
    case XEN_CPUID_LEAF(0):
      return {hypervisor_last, XEN_CPUID_SIGNATURE_EBX, XEN_CPUID_SIGNATURE_ECX, XEN_CPUID_SIGNATURE_EDX};
    case XEN_CPUID_LEAF(1): return {version_major << 16 | version_minor, 0, 0, 0};
    case XEN_CPUID_LEAF(2): return {1, hypercall_msr, 0, 0};
    case time_leaf: return time_answer(subleaf, view, extended_[1].edx & rdtscp);
    case XEN_CPUID_LEAF(4):
      if (subleaf > 0) return {};
      return {XEN_HVM_CPUID_VCPU_ID_PRESENT | XEN_HVM_CPUID_DOMID_PRESENT | XEN_HVM_CPUID_EXT_DEST_ID |
                  XEN_HVM_CPUID_UPCALL_VECTOR,
              view.vcpu.raw(), view.domain.raw(), 0};
    default: return {};
  }
}

}  // namespace xenolith::hvm
