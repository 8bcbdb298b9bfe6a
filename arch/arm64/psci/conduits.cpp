// SPDX-License-Identifier: MIT
#include "arch/arm64/psci/conduits.hpp"

#define CALL(instruction)                                                                                              \
  register u64 x0 asm("x0") = function;                                                                                \
  register u64 x1 asm("x1") = first;                                                                                   \
  register u64 x2 asm("x2") = second;                                                                                  \
  register u64 x3 asm("x3") = third;                                                                                   \
  asm volatile(instruction " #0"                                                                                       \
               : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)                                                                \
               :                                                                                                       \
               : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory"); \
  return x0

namespace xenolith::psci {

u64 SmcConduit::call(u64 function, u64 first, u64 second, u64 third) { CALL("smc"); }
u64 HvcConduit::call(u64 function, u64 first, u64 second, u64 third) { CALL("hvc"); }

}  // namespace xenolith::psci
