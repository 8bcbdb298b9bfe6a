// SPDX-License-Identifier: MIT
// HVC: its numbers, and what it leaves alone.
#include "guests/hypercalls.hpp"

#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

constexpr u64 unknown_reason = 0;  // exception class of an undefined instruction

// Numbers that mean nothing: undefined instructions, and the address is the instruction's own.
void other_numbers() {
  Check check{"other_numbers"};
  u64 expected = 0;
  auto got = catch_trap([&] {
    u64 here;
    asm volatile("adr %0, 1f; str %0, [%1]; 1: hvc #5" : "=&r"(here) : "r"(&expected) : "memory");
  });
  if (!check.expect(got.has_value(), "HVC #5 makes no exception")) return;
  check.equal(got->frame.exception_class(), unknown_reason, "exception class");
  check.equal(got->frame.pc, expected, "its address");
}

// Registers that carry no argument come back as they were.
void keeps_registers() {
  Check check{"keeps_registers"};
  register u64 x0 asm("x0") = XENVER_version;
  register u64 x1 asm("x1") = 0;
  register u64 x5 asm("x5") = 0x5555;
  register u64 x15 asm("x15") = 0x1515;
  register u64 x17 asm("x17") = 0x1717;
  register u64 x18 asm("x18") = 0x1818;
  register u64 x28 asm("x28") = 0x2828;
  register u64 x16 asm("x16") = __HYPERVISOR_xen_version;
  asm volatile("hvc #0xea1" : "+r"(x0), "+r"(x1), "+r"(x5), "+r"(x15), "+r"(x16), "+r"(x17), "+r"(x18), "+r"(x28)::"x2", "x3", "x4", "memory");
  u64 answer = x0, five = x5, fifteen = x15, seventeen = x17, eighteen = x18, last = x28;
  check.expect(five == 0x5555 && fifteen == 0x1515 && seventeen == 0x1717 && eighteen == 0x1818 && last == 0x2828,
               "x5 {:#x} x15 {:#x} x17 {:#x} x18 {:#x} x28 {:#x}", five, fifteen, seventeen, eighteen, last);
  check.equal(answer >> 16, u64{4}, "answer");
}

// Vector registers stay in the processor during a call.
void keeps_vectors() {
  Check check{"keeps_vectors"};
  constexpr u64 vectors_allowed = u64{3} << 20;
  guest_write_register("cpacr_el1", vectors_allowed);
  u64 back = 0;
  register u64 x0 asm("x0") = XENVER_version;
  register u64 x1 asm("x1") = 0;
  register u64 x16 asm("x16") = __HYPERVISOR_xen_version;
  asm volatile(
      ".arch_extension fp; mov x9, #0x7777; fmov d9, x9; fmov d31, x9; hvc #0xea1\n"
      "fmov x9, d9; fmov x10, d31; eor %[back], x9, x10; orr %[back], %[back], x9"
               : "+r"(x0), "+r"(x1), "+r"(x16), [back] "=&r"(back)::"x2", "x3", "x4", "x9", "x10", "memory");
  check.equal(back, u64{0x7777}, "what is left in two of them");
}

}  // namespace

std::span<const u32> expected_features() {
  static constexpr u32 features[] = {XENFEAT_auto_translated_physmap, XENFEAT_ARM_SMCCC_supported, XENFEAT_dom0};
  return features;
}

u64 end_of_map() { return u64{512} << 30; }

void architecture_checks() {
  other_numbers();
  keeps_registers();
  keeps_vectors();
}

}  // namespace xenolith::guest
