// SPDX-License-Identifier: MIT
// The scheduler's numbers. docs/scheduling.md says what follows from them.
#pragma once

#include "core/sched/virtual_time.hpp"

namespace xenolith::sched {

inline constexpr u16 default_weight = 256;  // the range is all of 1..65535
inline constexpr i64 virtual_scale = default_weight;

inline constexpr Duration max_slice = milliseconds(10);
inline constexpr Duration min_slice = milliseconds(1);
inline constexpr Duration latency_target = milliseconds(20);  // divided by the units on a queue gives the slice

// Bounds and default of ratelimit_us= (0 switches the limit off), as in Xen.
inline constexpr Duration default_ratelimit = microseconds(1000);
inline constexpr Duration min_ratelimit = microseconds(100);
inline constexpr Duration max_ratelimit = milliseconds(500);

// How far behind the queue's clock a unit may start after sleeping, and how far before the running
// unit it must be to preempt it.
inline constexpr VirtualSpan wake_credit{2'000'000};
inline constexpr VirtualSpan preempt_margin{1'000'000};

// A CPU takes a unit from another queue when that queue's clock is behind its own by `steal_margin`. A unit that moves
// between queues keeps its lag up to `max_credit`, which also bounds how far two clocks that met drift apart.
inline constexpr VirtualSpan steal_margin{10'000'000};
inline constexpr VirtualSpan max_credit{30'000'000};

inline constexpr unsigned steal_depth = 16;  // units looked at on another queue at a time
inline constexpr Duration idle_retry = milliseconds(4);  // an idle CPU looks again while any unit waits elsewhere
inline constexpr unsigned park_limit = 32;     // units parked by one pick
inline constexpr unsigned release_limit = 64;  // units released by one replenish

inline constexpr Duration cap_period = milliseconds(10);
inline constexpr Duration min_grant = microseconds(100);  // least budget worth starting on: one percent of a period

// CPU time to virtual time for a weight.
constexpr VirtualSpan virtual_of(Duration real, u16 weight) { return VirtualSpan{real.raw() * virtual_scale / weight}; }

}  // namespace xenolith::sched
