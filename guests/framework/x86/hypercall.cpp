// SPDX-License-Identifier: MIT
#include "guests/framework/hypercall.hpp"

#include <guest/machine.hpp>

extern "C" {
#include <xen/arch-x86/cpuid.h>
}

namespace xenolith::guest {
namespace {

constexpr u64 stub_size = 32, stubs = page_size / stub_size;
constexpr u64 load_of_number_size = 5;  // mov $number, %eax, which a stub begins with

}  // namespace

u32 xen_leaves() {
  for (u32 leaf = XEN_CPUID_FIRST_LEAF; leaf < XEN_CPUID_FIRST_LEAF + 0x10000; leaf += 0x100) {
    CpuidLeaf answer = cpuid(leaf);
    if (answer.ebx == XEN_CPUID_SIGNATURE_EBX && answer.ecx == XEN_CPUID_SIGNATURE_ECX && answer.edx == XEN_CPUID_SIGNATURE_EDX)
      return leaf;
  }
  return 0;
}

u32 domain_number() { return cpuid(xen_leaves() + 4).ecx; }

void install_hypercall_page() { write_msr(cpuid(xen_leaves() + 2).ebx, address_of(hypercall_page)); }

// Numbers beyond the page use the rest of a stub, which calls with what %eax holds.
long hypercall(u64 number, u64 first, u64 second, u64 third, u64 fourth, u64 fifth) {
  const u8* stub = number < stubs ? hypercall_page + number * stub_size : hypercall_page + load_of_number_size;
  u64 answer = number;
  register u64 r10 asm("r10") = fourth;
  register u64 r8 asm("r8") = fifth;
  asm volatile("call *%[stub]"
               : "+a"(answer), "+D"(first), "+S"(second), "+d"(third), "+r"(r10), "+r"(r8)
               : [stub] "b"(stub)
               : "memory", "cc");
  return static_cast<long>(answer);
}

void power_off() {
  sched_shutdown shutdown{.reason = SHUTDOWN_poweroff};
  sched_op(SCHEDOP_shutdown, &shutdown);
  for (;;) asm volatile("cli; hlt");
}

}  // namespace xenolith::guest
