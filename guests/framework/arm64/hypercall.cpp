// SPDX-License-Identifier: MIT
#include "guests/framework/hypercall.hpp"

#include <guest/instructions.hpp>

namespace xenolith::guest {

long hypercall(u64 number, u64 first, u64 second, u64 third, u64 fourth, u64 fifth) {
  register u64 x0 asm("x0") = first;
  register u64 x1 asm("x1") = second;
  register u64 x2 asm("x2") = third;
  register u64 x3 asm("x3") = fourth;
  register u64 x4 asm("x4") = fifth;
  register u64 x16 asm("x16") = number;
  asm volatile("hvc #0xea1" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x16)::"memory");
  return static_cast<long>(x0);
}

void power_off() {
  sched_shutdown shutdown{.reason = SHUTDOWN_poweroff};
  sched_op(SCHEDOP_shutdown, &shutdown);
  halt_forever();
}

}  // namespace xenolith::guest
