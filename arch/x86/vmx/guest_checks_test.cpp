// SPDX-License-Identifier: MIT
#include "arch/x86/vmx/guest_checks.hpp"

#include <gtest/gtest.h>

#include <string>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/guest_policy.hpp"
#include "arch/x86/vmx/controls.hpp"

namespace xenolith::vmx {
namespace {

constexpr Capabilities processor{.cr0_fixed0 = 0x80000021, .cr0_fixed1 = 0xffffffff, .cr4_fixed0 = 0x2000, .cr4_fixed1 = 0x7727ff};

GuestSnapshot real_mode() {
  GuestSnapshot guest{.cr0 = 0x30, .cr4 = 0x2000, .pat = hvm::default_pat, .dr7 = 0x400, .rip = 0xfff0, .rflags = 2,
                      .gdtr_limit = 0xffff, .idtr_limit = 0xffff, .link_pointer = ~u64{0}};
  for (unsigned i = 0; i < 6; ++i) guest.segments[i] = to_fields({0, 0x93, 0xffff, 0});
  guest.segments[1] = to_fields({0xf000, 0x9b, 0xffff, 0xffff0000});
  guest.segments[segment_ldtr] = to_fields({0, 0x82, 0xffff, 0});
  guest.segments[segment_tr] = to_fields({0, 0x8b, 0xffff, 0}, true);
  return guest;
}
GuestSnapshot long_mode() {
  GuestSnapshot guest = real_mode();
  guest.cr0 = 0x80000031;
  guest.cr4 = 0x2020;
  guest.efer = efer::lme | efer::lma;
  guest.entry_controls = entry_control::long_mode;
  guest.segments[1] = to_fields({8, 0xa9b, 0xffffffff, 0});
  guest.rip = 0xffffffff81000000;
  return guest;
}
std::string wrong_of(const GuestSnapshot& guest) {
  WrongFields wrong = check_guest(guest, processor, 39);
  std::string text;
  for (const char* name : wrong.list()) text += std::string{text.empty() ? "" : ", "} + name;
  return text;
}

TEST(VmxGuestChecks, states_that_are_right) {
  EXPECT_EQ(wrong_of(real_mode()), "");
  EXPECT_EQ(wrong_of(long_mode()), "");
}

TEST(VmxGuestChecks, control_registers) {
  GuestSnapshot guest = long_mode();
  guest.cr0 &= ~u64{cr0::ne};
  EXPECT_EQ(wrong_of(guest), "CR0");
  guest = long_mode();
  guest.cr4 = 0x20;
  EXPECT_EQ(wrong_of(guest), "CR4");
  guest = long_mode();
  guest.cr3 = u64{1} << 40;
  EXPECT_EQ(wrong_of(guest), "CR3");
  guest = long_mode();
  guest.entry_controls = 0;
  EXPECT_EQ(wrong_of(guest), "EFER");
  guest = real_mode();
  guest.cr0 |= cr0::pg;
  EXPECT_EQ(wrong_of(guest), "CR0");
}

TEST(VmxGuestChecks, segments) {
  GuestSnapshot guest = long_mode();
  guest.segments[segment_tr].rights = 0x10000;
  EXPECT_EQ(wrong_of(guest), "TR");
  guest = long_mode();
  guest.segments[1].rights = 0x10000;
  EXPECT_EQ(wrong_of(guest), "CS, CS type, RIP");
  guest = long_mode();
  guest.segments[3].base = u64{1} << 32;
  EXPECT_EQ(wrong_of(guest), "base of ES, CS, SS or DS");
  guest = long_mode();
  guest.gdtr_base = u64{1} << 47;
  EXPECT_EQ(wrong_of(guest), "GDTR");
}

TEST(VmxGuestChecks, flags_and_instruction_pointer) {
  GuestSnapshot guest = real_mode();
  guest.rip = u64{1} << 32;
  EXPECT_EQ(wrong_of(guest), "RIP");
  guest = long_mode();
  guest.rflags = 0;
  EXPECT_EQ(wrong_of(guest), "RFLAGS");
  guest = long_mode();
  guest.entry_event = 0x80000031;
  EXPECT_EQ(wrong_of(guest), "RFLAGS.IF for an interrupt");
}

TEST(VmxGuestChecks, interrupt_shadow) {
  GuestSnapshot guest = long_mode();
  guest.interruptibility = blocking::by_sti;
  EXPECT_EQ(wrong_of(guest), "interruptibility state");
  guest.rflags |= rflags::interrupt;
  EXPECT_EQ(wrong_of(guest), "");
  guest.entry_event = 0x80000031;
  EXPECT_EQ(wrong_of(guest), "injected event while such events are blocked");
}

TEST(VmxGuestChecks, single_stepping_in_a_shadow_is_pending) {
  u64 stepping = rflags::fixed | rflags::tf, step = u64{1} << 14;
  EXPECT_EQ(consistent_pending_debug(0, stepping, 0, blocking::by_mov_ss), step);
  EXPECT_EQ(consistent_pending_debug(0, stepping, 2, blocking::by_mov_ss), 0u);
  EXPECT_EQ(consistent_pending_debug(step, rflags::fixed, 0, blocking::by_sti), 0u);
  EXPECT_EQ(consistent_pending_debug(step, stepping, 0, 0), step);
}

TEST(VmxGuestChecks, page_pointers_that_would_fail_the_entry_are_not_present) {
  EXPECT_EQ(usable_page_pointer(0x1001, 39), 0x1001u);
  EXPECT_EQ(usable_page_pointer(0x1000, 39), 0u);
  EXPECT_EQ(usable_page_pointer(0x1003, 39), 0u);
  EXPECT_EQ(usable_page_pointer(u64{1} << 39 | 1, 39), 0u);
  EXPECT_EQ(usable_page_pointer(u64{1} << 63 | 1, 39), 0u);
}

TEST(VmxSegments, go_both_ways) {
  hvm::SegmentRegister code{0x10, 0xa9b, 0xffffffff, 0x1000};
  hvm::SegmentRegister back = from_fields(to_fields(code));
  EXPECT_EQ(back.selector, code.selector);
  EXPECT_EQ(back.attributes, code.attributes);
  EXPECT_EQ(back.limit, code.limit);
  EXPECT_EQ(back.base, code.base);
}

TEST(VmxSegments, what_is_not_present_is_unusable_but_keeps_its_privilege) {
  SegmentFields fields = to_fields({0, 0x60, 0, 0});
  EXPECT_TRUE(AccessRights::Unusable::get(fields.rights));
  EXPECT_EQ(AccessRights::Privilege::get(fields.rights), 3u);
  EXPECT_EQ(from_fields(fields).attributes, 0x60u);
  EXPECT_EQ(to_fields({0, 0, 0, 0}, true).rights, 0x8bu);  // a task register is always usable
}

TEST(VmxSegments, limits_have_the_granularity_they_need) {
  EXPECT_EQ(to_fields({0, 0x893, 0x67, 0}).rights, 0x93u);
  EXPECT_EQ(to_fields({0, 0x93, 0xffffffff, 0}).rights, 0x8093u);
  EXPECT_EQ(to_fields({0, 0x893, 0xffff, 0}).rights, 0x8093u);
}

}  // namespace
}  // namespace xenolith::vmx
