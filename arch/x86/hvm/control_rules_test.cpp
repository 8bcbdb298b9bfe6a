// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/control_rules.hpp"

#include <gtest/gtest.h>

#include "arch/x86/cpu/registers.hpp"

namespace xenolith::hvm {
namespace {

constexpr u64 protected_mode = cr0::pe | cr0::et, paging = protected_mode | cr0::pg;
constexpr ControlRegisters ready_for_long_mode{.cr0 = protected_mode, .cr4 = cr4::pae, .efer = efer::lme};
constexpr ControlRegisters in_long_mode{.cr0 = paging, .cr4 = cr4::pae, .efer = efer::lme | efer::lma};

TEST(ControlRules, Cr0RefusesImpossibleValues) {
  ControlRegisters real{.cr0 = cr0::et};
  EXPECT_TRUE(with_cr0(real, cr0::pg, false).failed());
  EXPECT_TRUE(with_cr0(real, cr0::nw, false).failed());
  EXPECT_TRUE(with_cr0(real, u64{1} << 32, false).failed());
  EXPECT_EQ(with_cr0(real, cr0::cd | u64{cr0::nw}, false)->cr0, u64{cr0::cd} | cr0::nw | cr0::et);
}

TEST(ControlRules, Cr0IgnoresReservedBitsAndKeepsEt) {
  EXPECT_EQ(with_cr0({.cr0 = cr0::et}, cr0::pe | 1u << 9 | 1u << 25, false)->cr0, protected_mode);
}

TEST(ControlRules, PagingActivatesLongMode) {
  Result<ControlRegisters> on = with_cr0(ready_for_long_mode, paging, false);
  ASSERT_TRUE(on);
  EXPECT_EQ(on->efer, efer::lme | efer::lma);
  Result<ControlRegisters> off = with_cr0(*on, protected_mode, false);
  ASSERT_TRUE(off);
  EXPECT_EQ(off->efer, u64{efer::lme});
}

TEST(ControlRules, LongModeNeedsPaeAndNoLongCode) {
  ControlRegisters without_pae = ready_for_long_mode;
  without_pae.cr4 = 0;
  EXPECT_TRUE(with_cr0(without_pae, paging, false).failed());
  EXPECT_TRUE(with_cr0(ready_for_long_mode, paging, true).failed());
  EXPECT_TRUE(with_cr0(in_long_mode, protected_mode, true).failed());
}

TEST(ControlRules, LegacyPagingLeavesLmaAlone) {
  Result<ControlRegisters> on = with_cr0({.cr0 = protected_mode}, paging, false);
  ASSERT_TRUE(on);
  EXPECT_EQ(on->efer, 0u);
}

TEST(ControlRules, Cr4TakesAllowedBitsOnly) {
  u64 allowed = cr4::pae | cr4::pge;
  EXPECT_TRUE(with_cr4({}, cr4::smep, allowed).failed());
  EXPECT_EQ(with_cr4({}, cr4::pge, allowed)->cr4, u64{cr4::pge});
  EXPECT_TRUE(with_cr4(in_long_mode, cr4::pge, allowed).failed());  // PAE goes
  EXPECT_TRUE(with_cr4(in_long_mode, cr4::pae | cr4::pge, allowed));
}

TEST(ControlRules, ProcessContextsNeedLongModeAndACleanCr3) {
  u64 allowed = cr4::pae | cr4::pcide;
  EXPECT_TRUE(with_cr4({.cr4 = cr4::pae}, allowed, allowed).failed());
  EXPECT_TRUE(with_cr4(in_long_mode, allowed, allowed));
  ControlRegisters tagged = in_long_mode;
  tagged.cr3 = 0x1001;
  EXPECT_TRUE(with_cr4(tagged, allowed, allowed).failed());
}

TEST(ControlRules, EferKeepsLmaAndGuardsLme) {
  u64 allowed = efer::sce | efer::lme | efer::nxe;
  EXPECT_EQ(with_efer(in_long_mode, efer::lme | efer::nxe, allowed)->efer, efer::lme | efer::lma | efer::nxe);
  EXPECT_TRUE(with_efer(in_long_mode, efer::nxe, allowed).failed());
  EXPECT_EQ(with_efer({}, efer::lme | efer::lma, allowed)->efer, u64{efer::lme});
  EXPECT_TRUE(with_efer({}, efer::svme, allowed).failed());
}

TEST(ControlRules, Cr3MustFitThePhysicalAddress) {
  EXPECT_TRUE(with_cr3(in_long_mode, u64{1} << 40, 40).failed());
  EXPECT_EQ(with_cr3(in_long_mode, 0x1018, 40)->cr3, 0x1018u);
  EXPECT_EQ(with_cr3({}, 0xffffffff00001000, 40)->cr3, 0x1000u);
}

TEST(ControlRules, LmswSetsButNeverClearsPe) {
  EXPECT_EQ(cr0_after_lmsw(cr0::pe | cr0::ts | cr0::pg, 0), cr0::pe | cr0::pg);
  EXPECT_EQ(cr0_after_lmsw(cr0::et, 0xffff), cr0::et | cr0::pe | cr0::mp | cr0::em | cr0::ts);
}

TEST(ControlRules, TranslationsChangeWithPagingControls) {
  ControlRegisters other = in_long_mode;
  EXPECT_FALSE(changes_translations(in_long_mode, other));
  other.cr0 |= cr0::ts;
  other.cr4 |= cr4::osfxsr;
  EXPECT_FALSE(changes_translations(in_long_mode, other));
  other.cr0 |= cr0::wp;
  EXPECT_TRUE(changes_translations(in_long_mode, other));
  other = in_long_mode;
  other.cr4 |= cr4::smep;
  EXPECT_TRUE(changes_translations(in_long_mode, other));
  other = in_long_mode;
  other.efer |= efer::nxe;
  EXPECT_TRUE(changes_translations(in_long_mode, other));
}

}  // namespace
}  // namespace xenolith::hvm
