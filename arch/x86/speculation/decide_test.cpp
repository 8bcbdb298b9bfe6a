// SPDX-License-Identifier: MIT
#include "arch/x86/speculation/decide.hpp"

#include <gtest/gtest.h>

#include <string>

#include "arch/x86/speculation/describe.hpp"

namespace xenolith::speculation {
namespace {

using Vendor = SpeculationFacts::Vendor;
constexpr u32 intel_2018 = leaf7::ibrs_ibpb | leaf7::stibp | leaf7::ssbd | leaf7::l1d_flush;

// Bochs's "ryzen" and QEMU's "max" offer nothing.
constexpr SpeculationFacts bare_zen{.vendor = Vendor::amd, .family = 0x17, .model = 1};
constexpr SpeculationFacts zen3{.vendor = Vendor::amd, .family = 0x19, .model = 0x21,
                                .leaf8_ebx = leaf8::ibpb | leaf8::ibrs | leaf8::stibp | leaf8::stibp_always | leaf8::ssbd |
                                             leaf8::psfd | leaf8::btc_no};
constexpr SpeculationFacts broadwell{.vendor = Vendor::intel, .family = 6, .model = 0x4f,
                                     .leaf7_edx = intel_2018 | leaf7::md_clear};
constexpr SpeculationFacts skylake{.vendor = Vendor::intel, .family = 6, .model = 0x55,
                                   .leaf7_edx = intel_2018 | leaf7::md_clear, .smt = true};
constexpr SpeculationFacts tiger_lake{
    .vendor = Vendor::intel, .family = 6, .model = 0x8c, .leaf7_edx = intel_2018 | leaf7::md_clear | leaf7::arch_capabilities,
    .capabilities = capability::rdcl_no | capability::ibrs_all | capability::skip_l1d_flush | capability::mds_no | capability::taa_no};

SpeculationFacts with_thunks(SpeculationFacts facts) {
  facts.built_with_thunks = true;
  return facts;
}

TEST(Decide, WithoutAnyMsrOnlyTheReturnStackIsCaredFor) {
  Mitigations made = decide(bare_zen, {});
  EXPECT_EQ(made, (Mitigations{.stuff_rsb = true}));
}

TEST(Decide, RetpolinesWhereTheyAreSafe) {
  EXPECT_EQ(decide(with_thunks(zen3), {}).thunk, Thunk::retpoline);
  EXPECT_EQ(decide(with_thunks(broadwell), {}).thunk, Thunk::retpoline);
  EXPECT_EQ(decide(with_thunks(broadwell), {}).host_spec_ctrl & control::ibrs, 0u);
}

TEST(Decide, IbrsWhereTheyAreNot) {
  Mitigations made = decide(with_thunks(skylake), {});
  EXPECT_EQ(made.thunk, Thunk::jmp);
  EXPECT_EQ(made.host_spec_ctrl, control::ibrs | control::stibp);
}

TEST(Decide, IbrsWithoutThunks) { EXPECT_TRUE(decide(broadwell, {}).host_spec_ctrl & control::ibrs); }

TEST(Decide, AWishedThunkReplacesIbrs) {
  Mitigations made = decide(with_thunks(skylake), {.thunk = Thunk::retpoline});
  EXPECT_EQ(made.thunk, Thunk::retpoline);
  EXPECT_EQ(made.host_spec_ctrl & control::ibrs, 0u);
}

TEST(Decide, NoSettingWithoutItsFeature) {
  Wishes all{.ibrs = true, .ibpb = true, .ssbd = true, .psfd = true, .stibp = true, .l1d_flush = true,
             .spec_ctrl_for_guests = true, .rsb = true, .verw = true, .ibpb_entry = true};
  EXPECT_EQ(decide(bare_zen, all), (Mitigations{.stuff_rsb = true}));
}

TEST(Decide, StibpFollowsHyperthreads) {
  SpeculationFacts single = skylake;
  single.smt = false;
  EXPECT_EQ(decide(single, {}).host_spec_ctrl & control::stibp, 0u);
  EXPECT_TRUE(decide(zen3, {}).host_spec_ctrl & control::stibp);  // always on is faster than changing it
}

TEST(Decide, StoresOnlyOnRequest) {
  EXPECT_EQ(decide(zen3, {}).host_spec_ctrl & (control::ssbd | control::psfd), 0u);
  EXPECT_EQ(decide(zen3, {.ssbd = true, .psfd = true}).host_spec_ctrl & (control::ssbd | control::psfd),
            control::ssbd | control::psfd);
}

TEST(Decide, GuestsGetTheRegisterUnlessForbidden) {
  EXPECT_TRUE(decide(zen3, {}).guests_have_spec_ctrl);
  Mitigations none = decide(zen3, {.ibrs = false, .stibp = false, .spec_ctrl_for_guests = false});
  EXPECT_FALSE(none.guests_have_spec_ctrl);
  EXPECT_FALSE(none.switches_spec_ctrl);
  // The hypervisor's own value must not become the guest's.
  EXPECT_TRUE(decide(skylake, {.spec_ctrl_for_guests = false}).switches_spec_ctrl);
}

TEST(Decide, BarriersBetweenVcpus) {
  EXPECT_TRUE(decide(skylake, {}).ibpb_between_vcpus);
  EXPECT_FALSE(decide(skylake, {.ibpb = false}).ibpb_between_vcpus);
  EXPECT_TRUE(decide(skylake, {.ibpb = false}).guests_have_ibpb);
}

TEST(Decide, BarriersAfterExitsAgainstBranchTypeConfusion) {
  SpeculationFacts zen = bare_zen;
  zen.leaf8_ebx = leaf8::ibpb;
  EXPECT_TRUE(decide(zen, {}).ibpb_after_exit);
  EXPECT_FALSE(decide(zen, {.ibpb_entry = false}).ibpb_after_exit);
  EXPECT_FALSE(decide(zen3, {}).ibpb_after_exit);
  zen.leaf8_ebx |= leaf8::btc_no;
  EXPECT_FALSE(decide(zen, {}).ibpb_after_exit);
}

TEST(Decide, L1IsFlushedWhereItLeaks) {
  Mitigations made = decide(broadwell, {});
  EXPECT_TRUE(made.l1d_flush);
  EXPECT_FALSE(made.verw);  // the flush does it
  EXPECT_FALSE(decide(tiger_lake, {}).l1d_flush);
  EXPECT_FALSE(decide(zen3, {}).l1d_flush);
}

TEST(Decide, BuffersAreClearedWhereTheyLeak) {
  EXPECT_TRUE(decide(broadwell, {.l1d_flush = false}).verw);
  EXPECT_FALSE(decide(tiger_lake, {}).verw);
  SpeculationFacts transactional = tiger_lake;
  transactional.has_tsx = true;
  transactional.capabilities &= ~capability::taa_no;
  EXPECT_TRUE(decide(transactional, {}).verw);
  SpeculationFacts stale = tiger_lake;
  stale.capabilities |= capability::fb_clear;
  EXPECT_TRUE(decide(stale, {}).verw);
  EXPECT_FALSE(decide(stale, {.verw = false}).verw);
}

TEST(Decide, AtomsHaveNoL1Fault) {
  SpeculationFacts goldmont{.vendor = Vendor::intel, .family = 6, .model = 0x5c, .leaf7_edx = intel_2018};
  EXPECT_FALSE(leaks_l1(goldmont));
  EXPECT_FALSE(leaks_buffers(goldmont));
}

TEST(Decide, ReturnStacksOfIntel) {
  EXPECT_TRUE(is_retpoline_safe(broadwell));
  EXPECT_FALSE(is_retpoline_safe(skylake));
  EXPECT_FALSE(is_retpoline_safe(tiger_lake));
  SpeculationFacts virtualised = broadwell;
  virtualised.capabilities = capability::rsba;
  EXPECT_FALSE(is_retpoline_safe(virtualised));
}

TEST(GuestCapabilities, OnlyWhatIsKnown) {
  SpeculationFacts strange = tiger_lake;
  strange.capabilities |= u64{1} << 40;
  EXPECT_EQ(guest_capabilities(strange, decide(strange, {})), tiger_lake.capabilities);
  EXPECT_EQ(guest_capabilities(broadwell, decide(broadwell, {})), capability::skip_l1d_flush);
}

std::string text(size_t (*describe)(const Mitigations&, std::span<char>), const Mitigations& made) {
  char buffer[200];
  size_t length = describe(made, std::span{buffer});
  return {buffer, length};
}

TEST(Describe, AsXenSays) {
  EXPECT_EQ(text(describe_settings, decide(with_thunks(skylake), {})),
            "BTI-Thunk: JMP, SPEC_CTRL: IBRS+ STIBP+ SSBD- PSFD-, Other: L1D_FLUSH IBPB-ctxt");
  EXPECT_EQ(text(describe_guests, decide(skylake, {})), "MSR_SPEC_CTRL MSR_PRED_CMD RSB");
  EXPECT_EQ(text(describe_guests, Mitigations{}), "None");
}

TEST(Describe, Features) {
  char buffer[200];
  EXPECT_EQ((std::string{buffer, describe_features(skylake, std::span{buffer})}), "IBRS IBPB STIBP SSBD L1D_FLUSH MD_CLEAR");
  EXPECT_EQ((std::string{buffer, describe_hints(tiger_lake, std::span{buffer})}), "RDCL_NO IBRS_ALL SKIP_L1DFL MDS_NO TAA_NO");
}

TEST(Describe, FitsInAnyBuffer) {
  char buffer[5];
  EXPECT_EQ((std::string{buffer, describe_features(skylake, std::span{buffer})}), "IBRS");
}

}  // namespace
}  // namespace xenolith::speculation
