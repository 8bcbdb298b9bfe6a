// SPDX-License-Identifier: MIT
// System time by the platform timer.
#pragma once

#include "arch/x86/time/clock_steering.hpp"
#include "arch/x86/time/platform_timer.hpp"

namespace xenolith {

class PlatformClock {
 public:
  // Ticks in a second; 0: not measured.
  struct Frequencies {
    u64 tsc = 0, other = 0;
  };
  // Boot: chooses a timer (clocksource=) and lets its time begin at 0; measures against it, for some 50 ms with interrupts off, the
  // time stamp counter and, in the same time, the counter that `other` reads (nullptr: none), which goes up. Fails with ENODEV.
  static Result<Frequencies> start(const AcpiTables& acpi, u64 (*other)());
  static PlatformTimer* timer();  // nullptr: none
  // The time and this CPU's counter at the same moment, as closely as a few tries allow. Any context but NMIs; LockRank::clock.
  static TimePoint read();
  // How often read() must be called, at least.
  static Duration longest_silence();
};

}  // namespace xenolith
