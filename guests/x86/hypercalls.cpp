// SPDX-License-Identifier: MIT
// Hypercalls through the hypercall page, from both rings.
#include "guests/hypercalls.hpp"

#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

// Ring 3 makes a hypercall and comes back by an exception.
void from_ring_3() {
  Check check{"ring_3"};
  static u8 user_stack[4096];
  auto got = catch_trap([] {
    asm volatile(
        "pushq %[data]; pushq %[stack]; pushq $2; pushq %[code]; leaq 1f(%%rip), %%rcx; pushq %%rcx; iretq\n"
        "1: call *%[stub]; ud2"
        :
        : [data] "i"(u64{selector::user_data}), [stack] "r"(user_stack + sizeof user_stack - 16), [code] "i"(u64{selector::user_code}),
          [stub] "b"(hypercall_page + 32 * __HYPERVISOR_xen_version), "D"(XENVER_version)
        : "rax", "rcx", "memory");
  });
  if (!check.expect(got.has_value(), "no exception")) return;
  check.equal(got->frame.vector, exception::undefined, "vector");
  check.equal(got->frame.cs, u64{selector::user_code}, "cs");
  check.equal(static_cast<long>(got->frame.rax), -XEN_EPERM, "answer");
}

// Other registers come back as they were.
void keeps_registers() {
  Check check{"keeps_registers"};
  u64 rbx = 1, r12 = 2, r15 = 3, answer;
  register u64 r9 asm("r9") = 4;
  register u64 r11 asm("r11") = 5;
  asm volatile("mov %[twelve], %%r12; mov %[fifteen], %%r15; call *%[stub]; mov %%r12, %[twelve]; mov %%r15, %[fifteen]"
               : "=a"(answer), "+b"(rbx), [twelve] "+m"(r12), [fifteen] "+m"(r15), "+r"(r9), "+r"(r11)
               : [stub] "c"(hypercall_page + 32 * __HYPERVISOR_xen_version), "D"(XENVER_version), "S"(0)
               : "rdx", "r8", "r10", "r12", "r15", "memory");
  u64 nine = r9, eleven = r11;
  check.expect(rbx == 1 && r12 == 2 && r15 == 3 && nine == 4 && eleven == 5, "rbx {} r12 {} r15 {} r9 {} r11 {}", rbx, r12, r15,
               nine, eleven);
  check.equal(answer >> 16, u64{4}, "answer");
}

}  // namespace

std::span<const u32> expected_features() {
  static constexpr u32 features[] = {XENFEAT_auto_translated_physmap, XENFEAT_hvm_callback_vector, XENFEAT_hvm_safe_pvclock, XENFEAT_dom0};
  return features;
}

u64 end_of_map() { return u64{4} << 30; }

void architecture_checks() {
  from_ring_3();
  keeps_registers();
}

}  // namespace xenolith::guest
