// SPDX-License-Identifier: MIT
// System time by the platform timer.
#pragma once

#include "arch/x86/time/clock_steering.hpp"
#include "arch/x86/time/platform_timer.hpp"

namespace xenolith {

class PlatformClock {
 public:
  // Boot: chooses a timer (clocksource=) and lets its time begin at 0. Fails with ENODEV.
  static Result<void> start(const AcpiTables& acpi);
  static PlatformTimer* timer();  // nullptr: none
  // The time and this CPU's counter at the same moment, as closely as a few tries allow. Any context but NMIs; LockRank::clock.
  static TimePoint read();
  // How often read() must be called, at least.
  static Duration longest_silence();
};

// Ticks of a counter per second, measured against the platform timer for some 50 ms; interrupts off. `read` gives the counter,
// which goes up.
u64 measure_frequency(u64 (*read)());

}  // namespace xenolith
