// SPDX-License-Identifier: MIT
#include "guests/actor.hpp"

#include "guests/framework/test.hpp"

namespace xenolith::guest {

// A triple fault.
void end_by_processor() {
  struct [[gnu::packed]] {
    u16 limit = 0;
    u64 base = 0;
  } none;
  asm volatile("lidt %0; ud2" ::"m"(none));
  __builtin_unreachable();
}

}  // namespace xenolith::guest
