// SPDX-License-Identifier: MIT
// The system's clocks.
#pragma once

#include "core/time/system_time.hpp"

namespace xenolith {

// Time since the hypervisor started: monotonic on each CPU, the same on all within the error of their
// synchronisation. Any context.
SystemTime now();

// Wall clock: seconds and nanoseconds since 1970-01-01 UTC at system time zero (XENPF_settime64 sets it).
struct WallClock {
  u64 seconds;
  u32 nanoseconds;
};
WallClock wall_clock();
void set_wall_clock(WallClock at_system_time, SystemTime system_time);

}  // namespace xenolith
