// SPDX-License-Identifier: MIT
#include "guests/actor.hpp"

#include "guests/framework/test.hpp"

namespace xenolith::guest {

void end_by_processor() {
  constexpr u32 system_reset = 0x8400'0009;
  psci(system_reset);
  halt_forever();
}

}  // namespace xenolith::guest
