// SPDX-License-Identifier: MIT
#include "arch/x86/vmx/capabilities.hpp"

#include <gtest/gtest.h>

#include <string>

#include "arch/x86/vmx/controls.hpp"
#include "arch/x86/vmx/msr_bitmap.hpp"
#include "core/base/bits.hpp"

namespace xenolith::vmx {
namespace {

constexpr u64 all_allowed = 0xffffffff00000000;

// A processor that has all; must-be-one bits as the TRUE registers have them.
CapabilityRegisters rich() {
  return {.basic = 0x04 | u64{6} << 50 | u64{1} << 55,
          .pin = all_allowed | 0x16,
          .primary = all_allowed | 0x04006172,
          .secondary = all_allowed,
          .exit = all_allowed | 0x36dfb,
          .entry = all_allowed | 0x11fb,
          .ept_vpid = 0xf0106334141,
          .cr0_fixed0 = 0x80000021,
          .cr0_fixed1 = 0xffffffff,
          .cr4_fixed0 = 0x2000,
          .cr4_fixed1 = 0x7727ff};
}

std::string missing_of(const CapabilityRegisters& registers) {
  Missing missing;
  static_cast<void>(evaluate(registers, missing));
  std::string text;
  for (const char* name : missing.list()) text += std::string{text.empty() ? "" : ", "} + name;
  return text;
}
CapabilityRegisters without(u64 CapabilityRegisters::*which, u32 bit) {
  CapabilityRegisters registers = rich();
  registers.*which &= ~(u64{bit} << 32);
  return registers;
}

TEST(VmxCapabilities, a_full_processor_is_used_to_the_full) {
  Missing missing;
  Capabilities found = evaluate(rich(), missing);
  EXPECT_EQ(missing.count, 0u);
  EXPECT_EQ(found.revision, 4u);
  EXPECT_EQ(found.largest_order, 18u);
  EXPECT_TRUE(found.ept_accessed_dirty && found.vpid);
  EXPECT_EQ(found.ept_flush, FlushScope::single);
  EXPECT_EQ(found.vpid_flush, FlushScope::single);
  EXPECT_EQ(found.controls.pin, 0x16u | pin::interrupt_exiting | pin::nmi_exiting | pin::virtual_nmis);
  EXPECT_EQ(found.controls.secondary, secondary::ept | secondary::rdtscp | secondary::vpid | secondary::wbinvd_exiting | secondary::pause_loop |
                                          secondary::unrestricted_guest);
}

TEST(VmxCapabilities, bits_that_must_be_set_are_set) {
  Missing missing;
  Controls controls = evaluate(rich(), missing).controls;
  EXPECT_EQ(controls.primary & 0x04006172u, 0x04006172u);
  EXPECT_EQ(controls.exit & 0x36dfbu, 0x36dfbu);
  EXPECT_EQ(controls.entry & 0x11fbu, 0x11fbu);
  EXPECT_FALSE(controls.entry & entry_control::long_mode);  // with the guest's mode
  EXPECT_FALSE(controls.primary & (primary::interrupt_window | primary::nmi_window));
}

TEST(VmxCapabilities, what_is_missing_is_named) {
  EXPECT_EQ(missing_of(without(&CapabilityRegisters::secondary, secondary::unrestricted_guest)), "unrestricted guest");
  EXPECT_EQ(missing_of(without(&CapabilityRegisters::secondary, secondary::ept)), "EPT");
  EXPECT_EQ(missing_of(without(&CapabilityRegisters::pin, pin::virtual_nmis)), "virtual NMIs");
  EXPECT_EQ(missing_of(without(&CapabilityRegisters::primary, primary::nmi_window)), "NMI-window exiting");
  EXPECT_EQ(missing_of(without(&CapabilityRegisters::entry, entry_control::long_mode)), "64-bit guests");
  EXPECT_EQ(missing_of(without(&CapabilityRegisters::exit, exit_control::load_efer)), "loading EFER on exits");
}

TEST(VmxCapabilities, an_old_processor_lacks_several_things_at_once) {
  CapabilityRegisters old = rich();
  old.secondary = 0;
  EXPECT_EQ(missing_of(old), "EPT, unrestricted guest, WBINVD exiting");
}

TEST(VmxCapabilities, optional_features_are_not_missed) {
  EXPECT_EQ(missing_of(without(&CapabilityRegisters::secondary, secondary::rdtscp)), "");
  CapabilityRegisters registers = without(&CapabilityRegisters::secondary, secondary::vpid);
  Missing missing;
  Capabilities found = evaluate(registers, missing);
  EXPECT_EQ(missing.count, 0u);
  EXPECT_FALSE(found.vpid);
  EXPECT_FALSE(found.controls.secondary & secondary::vpid);
}

TEST(VmxCapabilities, page_sizes_and_flushes_are_what_the_processor_says) {
  Missing missing;
  CapabilityRegisters registers = rich();
  registers.ept_vpid &= ~bit(17);
  EXPECT_EQ(evaluate(registers, missing).largest_order, 9u);
  registers.ept_vpid &= ~bit(16);
  EXPECT_EQ(evaluate(registers, missing).largest_order, 0u);
  registers.ept_vpid &= ~bit(25);
  EXPECT_EQ(evaluate(registers, missing).ept_flush, FlushScope::all);
  registers.ept_vpid &= ~bit(41);
  EXPECT_EQ(evaluate(registers, missing).vpid_flush, FlushScope::all);
  EXPECT_EQ(missing.count, 0u);
  registers.ept_vpid &= ~bit(42);  // numbers that are used up could not be flushed
  EXPECT_FALSE(evaluate(registers, missing).vpid);
  registers.ept_vpid &= ~bit(20);
  EXPECT_EQ(missing_of(registers), "INVEPT");
}

TEST(VmxCapabilities, fixed_bits) {
  EXPECT_EQ(with_fixed_bits(0x10, 0x20, 0xffffffff), 0x30u);
  EXPECT_EQ(with_fixed_bits(0x1000000010, 0x20, 0xffffffff), 0x30u);
}

TEST(VmxMsrBitmap, only_passed_registers_are_free_both_ways) {
  std::array<u8, page_size> bitmap{};
  constexpr Msr passed[] = {Msr::sysenter_cs, Msr::lstar};
  fill_msr_bitmap(bitmap, passed);
  auto exits = [&](u32 part, u32 index) { return bitmap[part * 0x400 + index / 8] >> index % 8 & 1; };
  EXPECT_FALSE(exits(0, 0x174));
  EXPECT_FALSE(exits(2, 0x174));
  EXPECT_TRUE(exits(0, 0x175) && exits(2, 0x173));
  EXPECT_FALSE(exits(1, 0x82));
  EXPECT_FALSE(exits(3, 0x82));
  EXPECT_TRUE(exits(1, 0x80) && exits(3, 0x80));  // EFER
  EXPECT_TRUE(exits(0, 0x82) && exits(1, 0x174));
}

}  // namespace
}  // namespace xenolith::vmx
