// SPDX-License-Identifier: MIT
// System time: nanoseconds since the machine started, and waiting.
#pragma once

#include "core/base/interface.hpp"
#include <guest/instructions.hpp>

namespace xenolith::guest {

constexpr u64 microseconds(u64 count) { return count * 1000; }
constexpr u64 milliseconds(u64 count) { return count * 1000'000; }
constexpr u64 seconds(u64 count) { return count * 1000'000'000; }

// The same on all vCPUs, within an error.
u64 system_time();

// How long to wait for what must come: it tells a hang from a slow machine, and is never part of a check.
inline constexpr u64 patience = seconds(20);

// Lets `duration` nanoseconds pass until `condition()` holds; returns whether it does. Interrupts stay as they are.
template <class Condition>
bool wait_for(u64 duration, Condition&& condition) {
  u64 end = system_time() + duration;
  while (!condition()) {
    if (system_time() > end) return condition();
    pause();
  }
  return true;
}

inline void delay(u64 duration) {
  wait_for(duration, [] { return false; });
}

}  // namespace xenolith::guest
