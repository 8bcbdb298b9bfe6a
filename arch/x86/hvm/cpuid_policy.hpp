// SPDX-License-Identifier: MIT
// CpuidPolicy: what a domain's vCPUs see in CPUID.
#pragma once

#include <array>

#include "arch/x86/cpu/registers.hpp"
#include "core/base/units.hpp"
#include "core/time/tick_scale.hpp"

namespace xenolith::hvm {

// What an answer depends on beside the policy: who asks, and when.
struct CpuidView {
  DomainId domain{};
  VcpuId vcpu{};
  u32 apic_id = 0;
  bool apic_enabled = true;
  u64 cr4 = 0;
  u64 xcr0 = 1;
  // The time leaf; see <xen/arch-x86/cpuid.h>, leaf 4.
  u64 tsc_offset = 0;
  u32 guest_tsc_khz = 0, host_tsc_khz = 0;
  TickScale tsc_scale{};  // of the guest's counter
  bool tsc_is_reliable = false;
  bool tsc_is_emulated = false;
  u32 tsc_mode = 0, tsc_incarnation = 0;
};

// The leaves are those of the processor that the policy was made from, cut down to what guests may use. A value: copy
// and change it to give a domain less.
class CpuidPolicy {
 public:
  using Source = CpuidResult (*)(u32 leaf, u32 subleaf);
  static constexpr u32 max_basic = 0xd, max_extended = 0x80000021;
  static constexpr u32 time_leaf = 0x40000003;  // the only one that asks for the view's frequencies

  struct Options {
    u64 xcr0_mask = 0;         // extended state that guests may have; 0: no XSAVE
    bool hardware = false;     // the hardware domain's
    unsigned max_vcpus = 1;
    bool x2apic = true;        // as its local APICs are configured
    bool tsc_deadline = true;
    bool barriers = false;     // commands of speculation that need no state, and what the processor tells of itself
    bool spec_ctrl = false;    // the hypervisor switches SPEC_CTRL with the vCPU
  };
  // The most that a domain may see on the processor that `host` describes.
  static CpuidPolicy most(Source host, const Options& options);

  CpuidResult answer(u32 leaf, u32 subleaf, const CpuidView& view) const;

  // ---- what follows for control registers and MSRs
  bool is_amd() const { return is_amd_; }
  bool has_long_mode() const;
  bool has_mtrr() const;
  bool has_machine_check() const;
  bool has_pred_cmd() const;
  bool has_flush_cmd() const;
  bool has_arch_capabilities() const;
  // What may be set in SPEC_CTRL; 0: the register does not exist.
  u64 spec_ctrl_bits() const;
  bool has_tsc_aux() const;
  bool has_tsc_adjust() const;
  u64 cr4_bits() const;        // that a guest may set
  u64 efer_bits() const;
  unsigned physical_bits() const { return physical_bits_; }

  // Takes away the features that the leaf `to` does not have. Leaves without features change nothing.
  void restrict_features(u32 leaf, u32 subleaf, const CpuidResult& to);

  // The number of vCPUs shows in the topology leaves.
  void set_vcpus(unsigned count) { vcpus_ = count; }

 private:
  static constexpr unsigned cache_leaves = 8;

  void take_basic(Source host, const Options& options);
  void take_extended(Source host, const Options& options);
  void take_xstate(Source host, u64 xcr0_mask);
  void drop_components();
  void drop_dependent(u64 xcr0_mask);

  CpuidResult basic(u32 leaf, u32 subleaf, const CpuidView& view) const;
  CpuidResult extended(u32 leaf, const CpuidView& view) const;
  CpuidResult xen(u32 leaf, u32 subleaf, const CpuidView& view) const;
  CpuidResult beyond(const CpuidView& view) const;
  CpuidResult identity(const CpuidView& view) const;   // leaf 1
  CpuidResult cache(u32 subleaf) const;                // leaf 4
  CpuidResult topology(u32 subleaf, const CpuidView& view) const;  // leaf 0xb
  CpuidResult xstate(u32 subleaf, const CpuidView& view) const;    // leaf 0xd
  u32 standard_size(u64 xcr0) const;
  u32 compacted_size(u64 xcr0) const;
  unsigned apic_ids() const { return vcpus_ * 2; }
  u32 extended_maximum() const { return extended_[0].eax; }

  bool is_amd_ = false;
  bool x2apic_ = true;
  unsigned vcpus_ = 1;
  unsigned physical_bits_ = 36;
  u64 xcr0_mask_ = 0;
  std::array<CpuidResult, max_basic + 1> basic_{};
  std::array<CpuidResult, cache_leaves> caches_{};
  CpuidResult features_1_{};  // leaf 7.1
  std::array<CpuidResult, 10> xstate_{};  // subleaves of 0xd; [0] is not used
  std::array<CpuidResult, (max_extended & 0xff) + 1> extended_{};
};

}  // namespace xenolith::hvm
