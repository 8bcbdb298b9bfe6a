// SPDX-License-Identifier: MIT
// Exceptions reach the guest with the right vector, error code and instruction pointer.
#include <guest/apic.hpp>
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

// Runs one instruction between two labels, so that the place of the fault is known.
#define AT_LABEL(instruction, ...) \
  asm volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; " instruction : "=m"(faulting) : __VA_ARGS__)

u64 faulting;  // where the instruction is, or for traps what follows it

struct Wanted {
  u64 vector;
  u64 error_code = 0;
};

template <class Function>
void check_trap(std::string_view name, Wanted wanted, Function&& function) {
  Check check{name};
  faulting = 0;
  auto got = catch_trap(function);
  if (!check.expect(got.has_value(), "no exception")) return;
  check.equal(got->frame.vector, wanted.vector, "vector");
  check.equal(got->frame.error_code, wanted.error_code, "error code");
  check.equal(got->frame.rip, faulting, "rip");
  check.equal(got->frame.cs, u64{selector::code}, "cs");
}

void faults() {
  check_trap("undefined", {exception::undefined}, [] { AT_LABEL("1: ud2", "i"(0) : "rax", "memory"); });
  check_trap("divide", {exception::divide},
             [] { AT_LABEL("xor %%edx, %%edx; 1: divl %1", "r"(0), "m"(faulting) : "rax", "rdx", "memory"); });
  check_trap("breakpoint", {exception::breakpoint}, [] { AT_LABEL("int3; 1:", "i"(0) : "rax", "memory"); });
  check_trap("unaligned_address", {exception::protection}, [] {
    AT_LABEL("movabs $0x8000000000000000, %%rax; 1: movb (%%rax), %%al", "i"(0) : "rax", "memory");
  });
  check_trap("bad_selector", {exception::protection, 0x78},
             [] { AT_LABEL("mov $0x78, %%eax; 1: mov %%eax, %%fs", "i"(0) : "rax", "memory"); });
  check_trap("reserved_cr4_bit", {exception::protection}, [] {
    AT_LABEL("mov %%cr4, %%rax; bts $40, %%rax; 1: mov %%rax, %%cr4", "i"(0) : "rax", "memory");
  });
  check_trap("reserved_cr0_bits", {exception::protection}, [] {
    AT_LABEL("mov %%cr0, %%rax; btr $0, %%rax; 1: mov %%rax, %%cr0", "i"(0) : "rax", "memory");
  });
}

// The single step trap comes after the instruction that follows popf.
void single_step() {
  check_trap("single_step", {exception::debug}, [] {
    AT_LABEL("pushfq; orl $0x100, (%%rsp); popfq; nop; 1: nop; nop", "i"(0) : "rax", "memory");
  });
  asm volatile("pushfq; andl $~0x100, (%%rsp); popfq" : : : "memory", "cc");
}

void page_faults() {
  constexpr u64 write = 2;
  static volatile u8* const nowhere = reinterpret_cast<u8*>(u64{1} << 40);
  auto check_fault = [](std::string_view name, u64 code, auto&& function) {
    check_trap(name, {exception::page_fault, code}, function);
    Check check{name == "page_fault_read" ? "page_fault_read_address" : "page_fault_write_address"};
    auto got = catch_trap(function);
    if (check.expect(got.has_value(), "no exception")) check.equal(got->address, reinterpret_cast<u64>(nowhere), "cr2");
  };
  check_fault("page_fault_read", 0, [] { AT_LABEL("1: movb (%1), %%al", "r"(nowhere) : "rax", "memory"); });
  check_fault("page_fault_write", write, [] { AT_LABEL("1: movb $0, (%1)", "r"(nowhere) : "rax", "memory"); });
}

void software_interrupts() {
  Check check{"int_n"};
  static volatile u32 arrived;
  arrived = 0;
  set_handler(0x91, [](TrapFrame&) { arrived = arrived + 1; });
  asm volatile("int $0x91" : : : "memory");
  check.equal(u32{arrived}, 1u, "number of interrupts");
}

// A wrong MSR access faults at the instruction and leaves registers as they were.
void model_specific_registers() {
  constexpr u32 nothing = 0x4fff'fff0;
  check_trap("rdmsr_unknown", {exception::protection},
             [] { AT_LABEL("1: rdmsr", "c"(nothing), "m"(faulting) : "rax", "rdx", "memory"); });
  check_trap("wrmsr_unknown", {exception::protection}, [] {
    AT_LABEL("xor %%edx, %%edx; 1: wrmsr", "c"(nothing), "m"(faulting) : "rax", "rdx", "memory");
  });
  check_trap("wrmsr_efer_reserved", {exception::protection}, [] {
    constexpr u32 efer = 0xc0000080;
    AT_LABEL("mov $0x80000000, %%edx; 1: wrmsr", "c"(efer) : "rax", "rdx", "memory");
  });
  Check check{"rdmsr_keeps_registers"};
  auto got = catch_trap([] { asm volatile("rdmsr" : : "c"(nothing), "a"(0x11), "d"(0x22)); });
  if (!check.expect(got.has_value(), "no exception")) return;
  check.equal(got->frame.rax, u64{0x11}, "rax");
  check.equal(got->frame.rcx, u64{nothing}, "rcx");
  check.equal(got->frame.rdx, u64{0x22}, "rdx");
}

// What the hypervisor keeps for itself is not there for the guest. (An address that is not a page's would be a #GP first.)
void virtualisation_instructions() {
  check_trap("vmrun", {exception::undefined}, [] { AT_LABEL("xor %%eax, %%eax; 1: vmrun", "i"(0) : "rax", "memory"); });
  check_trap("vmload", {exception::undefined}, [] { AT_LABEL("xor %%eax, %%eax; 1: vmload", "i"(0) : "rax", "memory"); });
  check_trap("stgi", {exception::undefined}, [] { AT_LABEL("1: stgi", "i"(0) : "rax", "memory"); });
  check_trap("vmxoff", {exception::undefined}, [] { AT_LABEL("1: vmxoff", "i"(0) : "rax", "memory"); });
}

// An exception while an interrupt waits: both arrive, the exception first.
void exception_and_interrupt() {
  Check check{"exception_before_interrupt"};
  static volatile u32 arrived;
  arrived = 0;
  constexpr u8 vector = 0x92;
  set_handler(vector, [](TrapFrame&) {
    arrived = arrived + 1;
    apic::end_interrupt();
  });
  apic::write(apic::Register::self_ipi, vector);
  auto got = catch_trap([] { asm volatile("ud2"); });
  check.expect(got && got->frame.vector == exception::undefined, "no #UD");
  check.equal(u32{arrived}, 0u, "interrupts while they are off");
  enable_interrupts();
  check.expect(wait_for(patience, [] { return arrived > 0; }), "the interrupt is lost");
  disable_interrupts();
  check.equal(u32{arrived}, 1u, "interrupts");
}

}  // namespace

void test_main() {
  faults();
  single_step();
  page_faults();
  software_interrupts();
  model_specific_registers();
  virtualisation_instructions();
  exception_and_interrupt();
}

}  // namespace xenolith::guest
