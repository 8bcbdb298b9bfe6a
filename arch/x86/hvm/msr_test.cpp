// SPDX-License-Identifier: MIT
// The rules for MSR values that need no vCPU.
#include <gtest/gtest.h>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/msr_constants.hpp"
#include "arch/x86/hvm/msr_rules.hpp"
#include "arch/x86/hvm/mtrr.hpp"

namespace xenolith::hvm {
namespace {

constexpr unsigned width = 40;
constexpr u64 non_canonical = 0x0000800000000000;

TEST(MsrRules, AddressesAreCanonical) {
  for (Msr msr : {Msr::lstar, Msr::cstar, Msr::fs_base, Msr::gs_base, Msr::kernel_gs_base, Msr::sysenter_esp,
                  Msr::sysenter_eip}) {
    EXPECT_FALSE(is_valid_msr_value(static_cast<u32>(msr), non_canonical));
    EXPECT_TRUE(is_valid_msr_value(static_cast<u32>(msr), 0xffffffff80000000));
  }
  EXPECT_FALSE(is_valid_msr_value(static_cast<u32>(Msr::syscall_mask), u64{1} << 32));
  EXPECT_FALSE(is_valid_msr_value(static_cast<u32>(Msr::debug_control), 4));
}

TEST(MsrRules, PageAttributesAreTypes) {
  constexpr u32 pat = static_cast<u32>(Msr::pat);
  EXPECT_TRUE(is_valid_msr_value(pat, 0x0407010600070106));
  EXPECT_FALSE(is_valid_msr_value(pat, 0x0002000000000000));
  EXPECT_FALSE(is_valid_msr_value(pat, 0x08));
}

TEST(MsrConstants, BelongToAVendor) {
  EXPECT_TRUE(constant_msr(0xc0010010, true));
  EXPECT_FALSE(constant_msr(0xc0010010, false));
  EXPECT_EQ(constant_msr(0x3a, false)->value, 1u);
  EXPECT_FALSE(constant_msr(0x3a, true));
  EXPECT_FALSE(constant_msr(0x179, true)->writable);
  EXPECT_FALSE(constant_msr(0xdeadbeef, true));
}

TEST(Mtrrs, BeginWithWriteBackMemory) {
  Mtrrs mtrrs;
  EXPECT_EQ(mtrrs.read(Mtrrs::msr_default_type), 0x806u);
  EXPECT_EQ(mtrrs.read(Mtrrs::msr_capabilities), 0x508u);
  EXPECT_TRUE(mtrrs.write(Mtrrs::msr_capabilities, 0, width).failed());
}

TEST(Mtrrs, HandleTheirRegistersOnly) {
  for (u32 number : {0xfeu, 0x200u, 0x20fu, 0x250u, 0x258u, 0x259u, 0x268u, 0x26fu, 0x2ffu})
    EXPECT_TRUE(Mtrrs::handles_msr(number));
  for (u32 number : {0xffu, 0x1ffu, 0x210u, 0x251u, 0x25au, 0x267u, 0x270u, 0x277u, 0x300u})
    EXPECT_FALSE(Mtrrs::handles_msr(number));
}

TEST(Mtrrs, KeepWhatIsWritten) {
  Mtrrs mtrrs;
  for (u32 number : {0x200u, 0x20eu, 0x250u, 0x26fu, 0x2ffu}) {
    ASSERT_TRUE(mtrrs.write(number, 6, width));
    EXPECT_EQ(mtrrs.read(number), 6u);
  }
  ASSERT_TRUE(mtrrs.write(0x201, 0xff00000800, width));
  EXPECT_EQ(mtrrs.read(0x201), 0xff00000800u);
  EXPECT_EQ(mtrrs.read(0x203), 0u);
}

TEST(Mtrrs, RefuseReservedBitsAndTypes) {
  Mtrrs mtrrs;
  EXPECT_TRUE(mtrrs.write(0x200, 2, width).failed());
  EXPECT_TRUE(mtrrs.write(0x200, 0x100, width).failed());
  EXPECT_TRUE(mtrrs.write(0x200, u64{1} << width, width).failed());
  EXPECT_TRUE(mtrrs.write(0x201, 0x1, width).failed());
  EXPECT_TRUE(mtrrs.write(0x250, 0x0600000000000003, width).failed());
  EXPECT_TRUE(mtrrs.write(0x2ff, 0x200, width).failed());
  EXPECT_TRUE(mtrrs.write(0x2ff, 0x802, width).failed());
}

}  // namespace
}  // namespace xenolith::hvm
