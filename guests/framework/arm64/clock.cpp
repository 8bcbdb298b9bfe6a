// SPDX-License-Identifier: MIT
#include "guests/framework/clock.hpp"

#include <guest/instructions.hpp>

namespace xenolith::guest {

// By the virtual counter.
u64 system_time() {
  u64 ticks = guest_read_register("cntvct_el0"), frequency = guest_read_register("cntfrq_el0");
  return static_cast<u64>(static_cast<unsigned __int128>(ticks) * 1'000'000'000 / frequency);
}

}  // namespace xenolith::guest
