// SPDX-License-Identifier: MIT
#include "guests/framework/clock.hpp"

#include <guest/instructions.hpp>

namespace xenolith::guest {

// By the virtual counter.
u64 system_time() {
  u64 ticks = guest_read_register("cntvct_el0"), frequency = guest_read_register("cntfrq_el0");
  return ticks / frequency * seconds(1) + ticks % frequency * seconds(1) / frequency;
}

}  // namespace xenolith::guest
