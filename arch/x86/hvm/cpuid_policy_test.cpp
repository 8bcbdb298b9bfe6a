// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/cpuid_policy.hpp"

#include <gtest/gtest.h>

#include "arch/x86/hvm/cpuid_features.hpp"
#include "core/base/interface.hpp"

extern "C" {
#include <xen/arch-x86/cpuid.h>
}

namespace xenolith::hvm {
namespace {

using namespace feature;

// A processor that has everything there is, with sizes that can be told apart.
CpuidResult everything(u32 leaf, u32 subleaf) {
  if (leaf == 0) return {0x1f, 0x68747541, 0x444d4163, 0x69746e65};
  if (leaf == 7) return {subleaf == 0 ? 2u : ~0u, ~0u, ~0u, ~0u};
  if (leaf == 4 && subleaf < 4) return {1u | (subleaf == 3 ? 3u : 1u) << 5 | 0xffffc000, 1, 2, 3};
  if (leaf == 4) return {};
  if (leaf == 0xd && subleaf == 2) return {256, 576, 0, 0};
  if (leaf == 0xd && subleaf >= 5 && subleaf <= 7) return {0x100, 0x400 + 0x100 * (subleaf - 5), 2, 0};
  if (leaf == 0xd && subleaf == 9) return {8, 0xa80, 0, 0};
  if (leaf == 0x80000000) return {0x80000030, 0x68747541, 0x444d4163, 0x69746e65};
  if (leaf == 0x80000008) return {0x3934, ~0u, ~0u, ~0u};
  return {~0u, ~0u, ~0u, ~0u};
}
CpuidResult everything_of_intel(u32 leaf, u32 subleaf) {
  if (leaf == 0) return {0x1f, 0x756e6547, 0x6c65746e, 0x49656e69};
  return everything(leaf, subleaf);
}
CpuidResult nothing(u32 leaf, u32) {
  if (leaf == 0) return {1, 0x68747541, 0x444d4163, 0x69746e65};
  return {};
}

constexpr u64 all_components = 0x2e7;

CpuidPolicy policy(CpuidPolicy::Source source = everything, unsigned vcpus = 4, bool hardware = false) {
  return CpuidPolicy::most(source, {.xcr0_mask = all_components, .hardware = hardware, .max_vcpus = vcpus});
}

TEST(CpuidPolicy, HidesVirtualisationAndPowerManagement) {
  CpuidResult one = policy().answer(1, 0, {});
  for (unsigned hidden : {2u, 3u, 5u, 6u, 7u, 8u, 10u, 11u, 14u, 15u, 17u, 18u})
    EXPECT_FALSE(one.ecx & flag(hidden)) << hidden;
  for (unsigned hidden : {18u, 21u, 22u, 29u, 30u, 31u}) EXPECT_FALSE(one.edx & flag(hidden)) << hidden;
  EXPECT_FALSE(policy().answer(0x80000001, 0, {}).ecx & (flag(2) | flag(12) | flag(10)));
  EXPECT_EQ(policy().answer(0x8000000a, 0, {}).eax, 0u);
  for (u32 leaf : {3u, 5u, 9u, 0xau, 0xcu}) {
    CpuidResult empty = policy().answer(leaf, 0, {});
    EXPECT_EQ(empty.eax | empty.ebx | empty.ecx | empty.edx, 0u) << leaf;
  }
}

TEST(CpuidPolicy, HidesUnvirtualisedFeaturesOfLeaf7) {
  CpuidResult seven = policy().answer(7, 0, {});
  EXPECT_EQ(seven.eax, 1u);
  for (unsigned hidden : {2u, 4u, 10u, 11u, 12u, 14u, 15u, 25u}) EXPECT_FALSE(seven.ebx & flag(hidden)) << hidden;
  for (unsigned hidden : {5u, 7u, 16u, 29u, 30u, 31u}) EXPECT_FALSE(seven.ecx & flag(hidden)) << hidden;
  EXPECT_EQ(seven.edx >> 26, 0u);
  EXPECT_TRUE(seven.ebx & smap);
  EXPECT_EQ(policy().answer(7, 2, {}).ebx, 0u);
}

TEST(CpuidPolicy, AddsWhatTheVirtualMachineBrings) {
  CpuidResult one = policy(nothing).answer(1, 0, {});
  EXPECT_TRUE(one.ecx & hypervisor);
  EXPECT_TRUE(one.ecx & x2apic);
  EXPECT_TRUE(one.ecx & tsc_deadline);
  EXPECT_TRUE(one.edx & apic);
  EXPECT_FALSE(policy(nothing).answer(1, 0, {.apic_enabled = false}).edx & apic);
}

TEST(CpuidPolicy, FollowsControlRegisters) {
  EXPECT_FALSE(policy().answer(1, 0, {}).ecx & osxsave);
  EXPECT_TRUE(policy().answer(1, 0, {.cr4 = cr4::osxsave}).ecx & osxsave);
  EXPECT_FALSE(policy().answer(7, 0, {}).ecx & ospke);
  EXPECT_TRUE(policy().answer(7, 0, {.cr4 = cr4::pke}).ecx & ospke);
}

TEST(CpuidPolicy, TellsIdentityAndTopology) {
  CpuidPolicy four = policy();
  CpuidResult one = four.answer(1, 0, {.apic_id = 6});
  EXPECT_EQ(one.ebx >> 24, 6u);
  EXPECT_EQ(one.ebx >> 16 & 0xff, 8u);
  EXPECT_TRUE(one.edx & htt);
  EXPECT_FALSE(policy(everything, 1).answer(1, 0, {}).edx & htt);

  CpuidResult thread = four.answer(0xb, 0, {.apic_id = 6}), core = four.answer(0xb, 1, {.apic_id = 6});
  EXPECT_EQ(thread.eax, 1u);
  EXPECT_EQ(thread.ecx, 0x100u);
  EXPECT_EQ(core.eax, 3u);
  EXPECT_EQ(core.ebx, 4u);
  EXPECT_EQ(core.ecx, 0x201u);
  EXPECT_EQ(core.edx, 6u);
  EXPECT_EQ(four.answer(0xb, 2, {.apic_id = 6}).ecx, 2u);
  EXPECT_EQ(four.answer(0x80000008, 0, {}).ecx, 3u << 12 | 7u);
}

TEST(CpuidPolicy, KeepsTopologyInItsFieldsForManyVcpus) {
  CpuidPolicy many = policy(everything_of_intel, 512);
  EXPECT_EQ(many.answer(1, 0, {.apic_id = 1022}).ebx, 0xfeffff00u);
  CpuidResult cache = many.answer(4, 0, {});
  EXPECT_EQ(cache.eax >> 26, 63u);
  EXPECT_EQ(cache.eax >> 14 & 0xfff, 1u);
  EXPECT_EQ(many.answer(4, 3, {}).eax >> 14 & 0xfff, 1023u);
  EXPECT_EQ(many.answer(4, 100, {}).eax, 0u);
  EXPECT_EQ(policy(everything, 512).answer(0x80000008, 0, {}).ecx, 10u << 12 | 255u);
}

TEST(CpuidPolicy, SizesExtendedState) {
  CpuidPolicy p = policy();
  CpuidResult now = p.answer(0xd, 0, {.xcr0 = 7});
  EXPECT_EQ(now.eax, all_components);
  EXPECT_EQ(now.ebx, 576u + 256);
  EXPECT_EQ(now.ecx, 0xa88u);
  EXPECT_EQ(p.answer(0xd, 1, {.xcr0 = 7}).eax, xsaveopt | xsavec | xgetbv1);
  EXPECT_EQ(p.answer(0xd, 1, {.xcr0 = 7}).ebx, 832u);
  EXPECT_EQ(p.answer(0xd, 1, {.xcr0 = all_components}).ebx, 832u + 3 * 256 + 8);
  EXPECT_EQ(p.answer(0xd, 3, {}).eax, 0u);
  EXPECT_EQ(p.answer(0xd, 1000, {}).eax, 0u);
}

TEST(CpuidPolicy, DropsFeaturesWithoutTheirState) {
  CpuidPolicy none = CpuidPolicy::most(everything, {.xcr0_mask = 0});
  EXPECT_FALSE(none.answer(1, 0, {}).ecx & (xsave | avx | fma | f16c));
  EXPECT_FALSE(none.answer(7, 0, {}).ebx & (avx2 | avx512f | avx512vl));
  EXPECT_FALSE(none.answer(7, 0, {}).ecx & (pku | vaes | avx512vbmi));
  EXPECT_EQ(none.answer(0xd, 0, {}).eax, 0u);
  EXPECT_FALSE(none.cr4_bits() & (cr4::osxsave | cr4::pke));
  CpuidPolicy avx_only = CpuidPolicy::most(everything, {.xcr0_mask = 7});
  EXPECT_TRUE(avx_only.answer(7, 0, {}).ebx & avx2);
  EXPECT_FALSE(avx_only.answer(7, 0, {}).ebx & avx512f);
}

TEST(CpuidPolicy, AnswersBeyondTheMaximumAsTheVendorDoes) {
  EXPECT_EQ(policy().answer(0, 0, {}).eax, 0xdu);
  EXPECT_EQ(policy().answer(0x1e, 0, {}).eax, 0u);
  EXPECT_EQ(policy().answer(0x80000022, 0, {}).eax, 0u);
  EXPECT_EQ(policy().answer(0xffffffff, 0, {}).eax, 0u);
  EXPECT_EQ(policy(everything_of_intel).answer(0x1e, 0, {}).eax, all_components);
  EXPECT_EQ(policy(everything_of_intel).answer(0x80000000, 0, {}).eax, 0x80000008u);
  EXPECT_EQ(policy(nothing).answer(0x80000001, 0, {}).edx, 0u);
}

TEST(CpuidPolicy, NamesXen) {
  CpuidResult name = policy().answer(0x40000000, 0, {});
  EXPECT_EQ(name.eax, 0x40000005u);
  EXPECT_EQ(name.ebx, u32{XEN_CPUID_SIGNATURE_EBX});
  EXPECT_EQ(policy().answer(0x40000001, 0, {}).eax, 0x00040011u);
  EXPECT_EQ(policy().answer(0x40000002, 0, {}).ebx, 0x40000000u);
  CpuidResult time = policy().answer(0x40000003, 0, {.guest_tsc_khz = 2000000, .tsc_is_reliable = true});
  EXPECT_EQ(time.eax, 6u);
  EXPECT_EQ(time.ecx, 2000000u);
  const CpuidView scaled{.tsc_offset = 0x123456789, .tsc_scale = {0x80000000, -3}, .tsc_is_emulated = true, .tsc_mode = 1, .tsc_incarnation = 4};
  time = policy().answer(0x40000003, 0, scaled);
  EXPECT_EQ(time.eax, 5u);
  EXPECT_EQ(time.ebx, 1u);
  EXPECT_EQ(time.edx, 4u);
  time = policy().answer(0x40000003, 1, scaled);
  EXPECT_EQ(time.eax, 0x23456789u);
  EXPECT_EQ(time.ebx, 1u);
  EXPECT_EQ(time.ecx, 0x80000000u);
  EXPECT_EQ(time.edx, ~u32{0} - 2);
  CpuidResult hvm = policy().answer(0x40000004, 0, {.domain = DomainId{7}, .vcpu = VcpuId{3}});
  EXPECT_TRUE(hvm.eax & XEN_HVM_CPUID_EXT_DEST_ID);
  EXPECT_EQ(hvm.ebx, 3u);
  EXPECT_EQ(hvm.ecx, 7u);
  EXPECT_EQ(policy().answer(0x40000100, 0, {}).ebx, 0u);
}

TEST(CpuidPolicy, ShowsInvariantTscToTheHardwareDomainOnly) {
  EXPECT_EQ(policy(everything, 1, true).answer(0x80000007, 0, {}).edx, invariant_tsc);
  EXPECT_EQ(policy(everything, 1, false).answer(0x80000007, 0, {}).edx, 0u);
}

TEST(CpuidPolicy, LimitsPhysicalAddressesToTheMap) {
  EXPECT_EQ(policy().answer(0x80000008, 0, {}).eax, 0x3030u);
  EXPECT_EQ(policy().physical_bits(), 48u);
}

TEST(CpuidPolicy, LimitsControlRegistersToWhatItShows) {
  u64 hidden = cr4::vmxe | cr4::pcide | cr4::la57;
  EXPECT_FALSE(policy().cr4_bits() & hidden);
  EXPECT_TRUE(policy().cr4_bits() & cr4::smep);
  EXPECT_EQ(policy().efer_bits(), efer::sce | efer::lme | efer::lma | efer::nxe | efer::ffxsr);
  EXPECT_EQ(policy(nothing).efer_bits(), 0u);
}

CpuidPolicy with_controls(CpuidPolicy::Source source) {
  return CpuidPolicy::most(source, {.xcr0_mask = all_components, .max_vcpus = 1, .barriers = true, .spec_ctrl = true});
}

TEST(CpuidPolicy, ShowsSpeculationControlsThatAreSwitched) {
  CpuidPolicy amd = with_controls(everything);
  EXPECT_EQ(amd.answer(7, 0, {}).edx >> 26, 0x2fu);  // not bit 30
  EXPECT_EQ(amd.answer(0x80000008, 0, {}).ebx & (amd_ibpb | amd_ibrs | amd_ssbd | psfd), amd_ibpb | amd_ibrs | amd_ssbd | psfd);
  EXPECT_EQ(amd.spec_ctrl_bits(), 0x87u);
  EXPECT_TRUE(amd.has_pred_cmd() && amd.has_flush_cmd() && amd.has_arch_capabilities());
  EXPECT_EQ(with_controls(everything_of_intel).spec_ctrl_bits(), 7u);
}

TEST(CpuidPolicy, HidesSpeculationControlsThatAreNotSwitched) {
  EXPECT_EQ(policy().spec_ctrl_bits(), 0u);
  EXPECT_FALSE(policy().has_pred_cmd() || policy().has_flush_cmd() || policy().has_arch_capabilities());
  EXPECT_EQ(with_controls(nothing).spec_ctrl_bits(), 0u);
}

TEST(CpuidPolicy, SpeculationControlsFallWithIbrs) {
  CpuidPolicy less = with_controls(everything_of_intel);
  CpuidResult to = less.answer(7, 0, {});
  to.edx &= ~ibrs_ibpb;
  less.restrict_features(7, 0, to);
  EXPECT_EQ(less.answer(7, 0, {}).edx & (stibp | ssbd), 0u);
  EXPECT_EQ(less.spec_ctrl_bits(), 0u);
  EXPECT_FALSE(less.has_pred_cmd());
}

}  // namespace
}  // namespace xenolith::hvm
