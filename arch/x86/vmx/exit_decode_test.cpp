// SPDX-License-Identifier: MIT
#include "arch/x86/vmx/exit_decode.hpp"

#include <gtest/gtest.h>

#include <string>

#include "arch/x86/vmx/entry_failure.hpp"

namespace xenolith::vmx {
namespace {

using hvm::Event;
using hvm::Exit;
using hvm::ExitReason;
using Kind = hvm::ControlAccess::Kind;

constexpr u32 valid = 1u << 31, has_error = 1u << 11, hardware_exception = 3u << 8;

TEST(VmxExits, instructions_bring_their_length) {
  struct Row {
    u32 basic;
    ExitReason reason;
  };
  for (Row row : {Row{10, ExitReason::cpuid}, Row{12, ExitReason::hlt}, Row{18, ExitReason::hypercall}, Row{31, ExitReason::rdmsr},
                  Row{32, ExitReason::wrmsr}, Row{16, ExitReason::rdtsc}, Row{51, ExitReason::rdtscp}, Row{54, ExitReason::wbinvd}, Row{55, ExitReason::xsetbv}, Row{13, ExitReason::invd}}) {
    EXPECT_TRUE(needed_fields(row.basic).instruction_length);
    Exit exit = decode({.reason = row.basic, .instruction_length = 3});
    EXPECT_EQ(exit.reason, row.reason);
    EXPECT_EQ(exit.instruction_length, 3u);
    EXPECT_EQ(exit.code, row.basic);
  }
}

TEST(VmxExits, what_is_no_instruction_has_no_length) {
  EXPECT_FALSE(needed_fields(48).instruction_length);
  EXPECT_EQ(decode({.reason = 48, .instruction_length = 3}).instruction_length, 0u);
  EXPECT_EQ(decode({.reason = 10, .instruction_length = 16}).instruction_length, 0u);
}

TEST(VmxExits, instructions_of_vmx_are_refused) {
  for (u32 basic : {11u, 19u, 20u, 21u, 22u, 23u, 24u, 25u, 26u, 27u, 50u, 53u, 59u})
    EXPECT_EQ(decode({.reason = basic}).reason, ExitReason::virtualisation_instruction) << basic;
}

TEST(VmxExits, reasons_that_nothing_is_known_of) {
  for (u32 basic : {35u, 44u, 49u, 64u, 65u, 1000u, 0xffffu})
    EXPECT_EQ(decode({.reason = basic}).reason, ExitReason::unknown) << basic;
}

TEST(VmxExits, interrupts_and_windows) {
  EXPECT_EQ(decode({.reason = 1}).reason, ExitReason::interrupt);
  EXPECT_EQ(decode({.reason = 2}).reason, ExitReason::shutdown);
  EXPECT_EQ(decode({.reason = 7}).reason, ExitReason::interrupt_window);
  EXPECT_EQ(decode({.reason = 8}).reason, ExitReason::interrupt_window);
  EXPECT_EQ(decode({.reason = 52}).reason, ExitReason::interrupt);  // the preemption timer: as if the host had called
}

TEST(VmxExits, exceptions) {
  Exit exit = decode({.event = valid | has_error | hardware_exception | 17, .event_error = 0});
  EXPECT_EQ(exit.reason, ExitReason::exception);
  EXPECT_EQ(exit.vector, 17u);
  EXPECT_TRUE(exit.has_error);
  EXPECT_EQ(decode({.event = valid | hardware_exception | 18}).reason, ExitReason::machine_check);
  EXPECT_EQ(decode({.event = valid | 2u << 8 | 2}).reason, ExitReason::nmi);
  EXPECT_EQ(decode({.event = valid | 5u << 8 | 1}).reason, ExitReason::icebp);
}

TEST(VmxExits, violations_of_the_nested_tables) {
  Exit exit = decode({.reason = 48, .qualification = 0x182, .guest_physical = 0xfee00300});
  EXPECT_EQ(exit.reason, ExitReason::nested_fault);
  EXPECT_EQ(exit.guest_physical, 0xfee00300u);
  EXPECT_TRUE(exit.write);
  EXPECT_FALSE(exit.execute);
  EXPECT_TRUE(decode({.reason = 48, .qualification = 4}).execute);
  EXPECT_TRUE(needed_fields(48).guest_physical && needed_fields(48).qualification);
}

TEST(VmxExits, ports) {
  Exit exit = decode({.reason = 30, .qualification = u64{0x3f8} << 16 | 0x8, .instruction_length = 1});
  EXPECT_EQ(exit.port, 0x3f8u);
  EXPECT_EQ(exit.io_size, 1u);
  EXPECT_TRUE(exit.io_in);
  EXPECT_FALSE(exit.io_string || exit.io_rep);
  exit = decode({.reason = 30, .qualification = u64{0xcf8} << 16 | 0x33});
  EXPECT_EQ(exit.io_size, 4u);
  EXPECT_FALSE(exit.io_in);
  EXPECT_TRUE(exit.io_string && exit.io_rep);
}

TEST(VmxExits, control_registers) {
  Exit exit = decode({.reason = 28, .qualification = 0xb04, .instruction_length = 3});
  EXPECT_EQ(exit.reason, ExitReason::control_register);
  EXPECT_EQ(exit.control.kind, Kind::move_to);
  EXPECT_EQ(exit.control.number, 4u);
  EXPECT_EQ(exit.control.gpr, Gpr::r11);
  exit = decode({.reason = 28, .qualification = 0x18});
  EXPECT_EQ(exit.control.kind, Kind::move_from);
  EXPECT_EQ(exit.control.number, 8u);
  EXPECT_EQ(decode({.reason = 28, .qualification = 0x20}).control.kind, Kind::clear_task_switched);
  exit = decode({.reason = 28, .qualification = 0x000f0030});
  EXPECT_EQ(exit.control.kind, Kind::load_status);
  EXPECT_EQ(exit.control.status, 0xfu);
}

TEST(VmxExits, a_failed_entry_is_an_invalid_state) {
  EXPECT_EQ(decode({.reason = 0x80000021}).reason, ExitReason::invalid_state);
  EXPECT_EQ(decode({.reason = 0x80000022}).reason, ExitReason::invalid_state);
  EXPECT_EQ(decode({.reason = 0x80000029}).reason, ExitReason::machine_check);
  EXPECT_TRUE(needed_fields(0x80000021).qualification);
}

TEST(VmxEvents, injection) {
  EXPECT_EQ(entry_event({.kind = Event::Kind::interrupt, .vector = 0xf3}, true), valid | 0xf3u);
  EXPECT_EQ(entry_event({.kind = Event::Kind::nmi, .vector = 2}, true), valid | 0x202u);
  EXPECT_EQ(entry_event({.kind = Event::Kind::exception, .vector = 13, .has_error = true}, true), valid | has_error | 0x30du);
}

// The entry would fail otherwise.
TEST(VmxEvents, error_codes_only_where_the_processor_wants_them) {
  EXPECT_EQ(entry_event({.kind = Event::Kind::exception, .vector = 13, .has_error = true}, false), valid | 0x30du);
  EXPECT_EQ(entry_event({.kind = Event::Kind::exception, .vector = 6, .has_error = true}, true), valid | 0x306u);
}

TEST(VmxEvents, what_an_exit_interrupted_comes_again) {
  EXPECT_EQ(event_to_repeat(0), 0u);
  EXPECT_EQ(event_to_repeat(0x30e), 0u);  // not valid
  EXPECT_EQ(event_to_repeat(valid | 0x31), valid | 0x31u);
  EXPECT_EQ(event_to_repeat(valid | has_error | 0x30e), valid | has_error | 0x30eu);
  EXPECT_EQ(event_to_repeat(valid | 0x1000 | 0x202), valid | 0x202u);  // the undefined bit is not passed on
}

TEST(VmxEvents, what_an_instruction_raised_does_not) {
  for (u32 kind : {4u, 5u, 6u}) EXPECT_EQ(event_to_repeat(valid | kind << 8 | 3), 0u);
}

TEST(VmxEvents, an_iret_that_runs_again_leaves_nmis_blocked) {
  EXPECT_TRUE(unblocked_nmi({.event = valid | 1u << 12 | hardware_exception | 1}));
  EXPECT_FALSE(unblocked_nmi({.event = valid | hardware_exception | 1}));
  EXPECT_TRUE(unblocked_nmi({.reason = 48, .qualification = 1u << 12}));
  EXPECT_FALSE(unblocked_nmi({.reason = 10, .qualification = 1u << 12}));
}

TEST(VmxEntryFailures, are_told_in_words) {
  EXPECT_STREQ(instruction_error(7), "the control fields are invalid");
  EXPECT_STREQ(instruction_error(8), "the host-state fields are invalid");
  EXPECT_STREQ(instruction_error(5), "VMRESUME of a VMCS that was not launched");
  EXPECT_STREQ(instruction_error(28), "an invalid operand for INVEPT or INVVPID");
  EXPECT_STREQ(instruction_error(29), "not a documented reason");
  EXPECT_STREQ(entry_failure(0x80000021, 0), "the guest's state is invalid");
  EXPECT_STREQ(entry_failure(0x80000021, 2), "the page-directory pointers are invalid");
  EXPECT_STREQ(entry_failure(0x80000021, 99), "the guest's state is invalid");
  EXPECT_STREQ(entry_failure(0x80000022, 1), "an MSR of the entry's list cannot be loaded");
  EXPECT_STREQ(entry_failure(0x80000001, 0), "not a documented reason");
}

TEST(VmxExits, of_the_virtual_apic) {
  RawExit ended{.reason = static_cast<u32>(BasicReason::virtual_eoi), .qualification = 0x61};
  EXPECT_TRUE(needed_fields(ended.reason).qualification);
  EXPECT_EQ(decode(ended).reason, hvm::ExitReason::end_of_interrupt);
  EXPECT_EQ(decode(ended).vector, 0x61);
  RawExit write{.reason = static_cast<u32>(BasicReason::apic_write), .qualification = 0x3f0};
  EXPECT_EQ(decode(write).reason, hvm::ExitReason::apic_write);
  EXPECT_EQ(decode(write).apic_offset, 0x3f0);
  EXPECT_EQ(decode(write).instruction_length, 0);  // the instruction has ended
}

}  // namespace
}  // namespace xenolith::vmx
