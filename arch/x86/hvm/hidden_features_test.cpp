// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/hidden_features.hpp"

#include <gtest/gtest.h>

#include "arch/x86/hvm/cpuid_features.hpp"
#include "arch/x86/hvm/cpuid_policy.hpp"

namespace xenolith::hvm {
namespace {

using namespace feature;

CpuidResult everything(u32 leaf, u32 subleaf) {
  if (leaf == 0) return {0xd, 0x756e6547, 0x6c65746e, 0x49656e69};
  if (leaf == 7) return {1, ~0u, ~0u, ~0u};
  if (leaf == 4) return {};
  if (leaf == 0xd && subleaf > 1) return {64, 576 + 64 * subleaf, 0, 0};
  if (leaf == 0x80000000) return {0x80000008, 0, 0, 0};
  if (leaf == 0x80000008) return {0x3927, 0, 0, 0};
  return {~0u, ~0u, ~0u, ~0u};
}

CpuidPolicy without(std::initializer_list<std::string_view> names) {
  CpuidPolicy policy = CpuidPolicy::most(everything, {.xcr0_mask = 0x2e7});
  HiddenFeatures hidden;
  for (std::string_view name : names) EXPECT_TRUE(hidden.set(name, true)) << name;
  hidden.take_from(policy);
  return policy;
}

TEST(HiddenFeatures, TakeNothingUnlessTold) {
  EXPECT_EQ(without({}).answer(7, 0, {}).ebx, shown_7_ebx);
  EXPECT_EQ(without({}).answer(0xd, 1, {}).eax, xsaveopt | xsavec | xgetbv1);
}

TEST(HiddenFeatures, TakeTheOneNamed) {
  EXPECT_EQ(without({"xsavec"}).answer(0xd, 1, {}).eax, xsaveopt | xgetbv1);
  EXPECT_EQ(without({"smep"}).answer(7, 0, {}).ebx, shown_7_ebx & ~smep);
  EXPECT_EQ(without({"smep"}).cr4_bits() & cr4::smep, 0u);
  EXPECT_FALSE(without({"page1gb"}).answer(0x80000001, 0, {}).edx & gib_pages);
  EXPECT_FALSE(without({"avx-vnni"}).answer(7, 1, {}).eax & avx_vnni);
}

TEST(HiddenFeatures, NamesAreThoseOfTheInterface) {
  HiddenFeatures hidden;
  for (std::string_view name : {"AVX512_IFMA", "avx512-ifma", "lahf_lm", "ibrsb", "l1d-flush", "3dnow"}) EXPECT_TRUE(hidden.set(name, true));
  for (std::string_view name : {"", "xsave ", "xsavex", "avx512ifma"}) EXPECT_FALSE(hidden.set(name, true)) << name;
  EXPECT_TRUE(hidden.set("rdcl-no", true));  // in a word that is no CPUID leaf: without effect
  EXPECT_TRUE(hidden.set("tsa-l1-no", true));
}

TEST(HiddenFeatures, CanBeShownAgain) {
  HiddenFeatures hidden;
  hidden.set("xsavec", true);
  hidden.set("xsavec", false);
  CpuidPolicy policy = CpuidPolicy::most(everything, {.xcr0_mask = 0x2e7});
  hidden.take_from(policy);
  EXPECT_TRUE(policy.answer(0xd, 1, {}).eax & xsavec);
}

TEST(HiddenFeatures, TakeWhatNeedsThem) {
  CpuidPolicy no_avx = without({"avx"});
  EXPECT_EQ(no_avx.answer(0xd, 0, {}).eax, 0x203u);
  EXPECT_FALSE(no_avx.answer(7, 0, {}).ebx & (avx2 | avx512f | avx512vl));
  EXPECT_FALSE(no_avx.answer(1, 0, {}).ecx & fma);
  CpuidPolicy no_avx512 = without({"avx512f"});
  EXPECT_EQ(no_avx512.answer(0xd, 0, {}).eax, 0x207u);
  EXPECT_TRUE(no_avx512.answer(7, 0, {}).ebx & avx2);
  EXPECT_FALSE(no_avx512.answer(7, 0, {}).ebx & avx512vl);
  CpuidPolicy no_xsave = without({"xsave"});
  EXPECT_EQ(no_xsave.answer(0xd, 0, {}).eax | no_xsave.answer(0xd, 1, {}).eax, 0u);
  EXPECT_FALSE(no_xsave.answer(1, 0, {}).ecx & (xsave | avx));
  EXPECT_EQ(without({"pku"}).answer(0xd, 0, {}).eax, 0xe7u);
}

}  // namespace
}  // namespace xenolith::hvm
