// SPDX-License-Identifier: MIT
#include "arch/x86/vmx/capabilities.hpp"

#include <gtest/gtest.h>

#include <string>

#include "arch/x86/vmx/controls.hpp"
#include "arch/x86/vmx/msr_bitmap.hpp"
#include "arch/x86/vmx/stay_limit.hpp"
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
  static_cast<void>(evaluate(registers, {}, missing));
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
  Capabilities found = evaluate(rich(), {}, missing);
  EXPECT_EQ(missing.count, 0u);
  EXPECT_EQ(found.revision, 4u);
  EXPECT_EQ(found.largest_order, 18u);
  EXPECT_TRUE(found.ept_accessed_dirty && found.vpid);
  EXPECT_EQ(found.ept_flush, FlushScope::single);
  EXPECT_EQ(found.vpid_flush, FlushScope::single);
  EXPECT_EQ(found.controls.pin, 0x16u | pin::interrupt_exiting | pin::nmi_exiting | pin::virtual_nmis | pin::preemption_timer);
  EXPECT_EQ(found.controls.secondary, secondary::ept | secondary::rdtscp | secondary::vpid | secondary::wbinvd_exiting | secondary::pause_loop |
                                          secondary::unrestricted_guest | secondary::apic_registers | secondary::virtual_interrupts |
                                          secondary::tsc_scaling);
  EXPECT_TRUE(found.tsc_scaling);
}

TEST(VmxCapabilities, counters_are_scaled_where_the_processor_can_and_it_is_wanted) {
  Missing missing;
  for (const Capabilities& found : {evaluate(without(&CapabilityRegisters::secondary, secondary::tsc_scaling), {}, missing),
                                    evaluate(rich(), {.tsc_scaling = false}, missing)}) {
    EXPECT_FALSE(found.tsc_scaling);
    EXPECT_FALSE(found.controls.secondary & secondary::tsc_scaling);
  }
  EXPECT_EQ(missing.count, 0u);
  EXPECT_EQ(missing_of(without(&CapabilityRegisters::primary, primary::rdtsc_exiting)), "RDTSC exiting");
}

// With it the task priority is in the page of APIC registers, which MOV of CR8 then reads and writes.
TEST(VmxCapabilities, the_virtual_apic_is_used_as_a_whole_or_not) {
  constexpr u32 cr8_exiting = primary::cr8_load_exiting | primary::cr8_store_exiting;
  Missing missing;
  Capabilities found = evaluate(rich(), {}, missing);
  EXPECT_TRUE(found.virtual_apic);
  EXPECT_EQ(found.controls.primary & (cr8_exiting | primary::tpr_shadow), primary::tpr_shadow);
  EXPECT_FALSE(found.controls.secondary & secondary::x2apic_msrs);  // with the mode of the guest's APIC
  auto expect_none = [&](const CapabilityRegisters& registers, const Wishes& wishes) {
    Capabilities without = evaluate(registers, wishes, missing);
    EXPECT_FALSE(without.virtual_apic);
    EXPECT_EQ(without.controls.primary & (cr8_exiting | primary::tpr_shadow), cr8_exiting);
    EXPECT_FALSE(without.controls.secondary & (secondary::apic_registers | secondary::virtual_interrupts));
  };
  for (u32 bit : {secondary::apic_registers, secondary::virtual_interrupts, secondary::x2apic_msrs})
    expect_none(without(&CapabilityRegisters::secondary, bit), {});
  expect_none(without(&CapabilityRegisters::primary, primary::tpr_shadow), {});
  expect_none(rich(), {.virtual_apic = false});
  EXPECT_EQ(missing.count, 0u);
}

TEST(VmxCapabilities, the_preemption_timer_counts_at_its_own_rate) {
  Missing missing;
  CapabilityRegisters registers = rich();
  registers.misc = 5;
  EXPECT_EQ(evaluate(registers, {}, missing).preemption_shift, 5u);
  registers.pin &= ~(u64{pin::preemption_timer} << 32);
  EXPECT_FALSE(evaluate(registers, {}, missing).preemption_timer);
  EXPECT_EQ(preemption_ticks(3'200'000'000, 5), 3'200'000'000u / 250 / 32);
  EXPECT_EQ(preemption_ticks(100, 31), 1u);
  EXPECT_EQ(preemption_ticks(~u64{0}, 0), 0xffffffffu);
}

TEST(VmxCapabilities, bits_that_must_be_set_are_set) {
  Missing missing;
  Controls controls = evaluate(rich(), {}, missing).controls;
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
  Capabilities found = evaluate(registers, {}, missing);
  EXPECT_EQ(missing.count, 0u);
  EXPECT_FALSE(found.vpid);
  EXPECT_FALSE(found.controls.secondary & secondary::vpid);
}

TEST(VmxCapabilities, page_sizes_and_flushes_are_what_the_processor_says) {
  Missing missing;
  CapabilityRegisters registers = rich();
  registers.ept_vpid &= ~bit(17);
  EXPECT_EQ(evaluate(registers, {}, missing).largest_order, 9u);
  registers.ept_vpid &= ~bit(16);
  EXPECT_EQ(evaluate(registers, {}, missing).largest_order, 0u);
  registers.ept_vpid &= ~bit(25);
  EXPECT_EQ(evaluate(registers, {}, missing).ept_flush, FlushScope::all);
  registers.ept_vpid &= ~bit(41);
  EXPECT_EQ(evaluate(registers, {}, missing).vpid_flush, FlushScope::all);
  EXPECT_EQ(missing.count, 0u);
  registers.ept_vpid &= ~bit(42);  // numbers that are used up could not be flushed
  EXPECT_FALSE(evaluate(registers, {}, missing).vpid);
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

TEST(VmxMsrBitmap, registers_of_the_virtual_apic_pass_as_the_processor_performs_them) {
  std::array<u8, page_size> bitmap{};
  fill_msr_bitmap(bitmap, {});
  pass_virtual_apic(bitmap);
  auto exits = [&](u32 part, u32 index) { return bitmap[part * 0x400 + index / 8] >> index % 8 & 1; };
  constexpr u32 reads = 0, writes = 2;
  for (u32 number : {0x802, 0x803, 0x808, 0x80a, 0x80d, 0x80f, 0x810, 0x817, 0x828, 0x832, 0x837}) EXPECT_FALSE(exits(reads, number)) << number;
  for (u32 number : {0x800, 0x801, 0x809, 0x80b, 0x80e, 0x818, 0x820, 0x830, 0x831, 0x838, 0x839, 0x83e, 0x83f, 0x8ff, 0x900})
    EXPECT_TRUE(exits(reads, number)) << number;
  for (u32 number = 0x7f0; number < 0x910; ++number)
    EXPECT_EQ(!exits(writes, number), number == 0x808 || number == 0x80b || number == 0x83f) << number;
}

}  // namespace
}  // namespace xenolith::vmx
