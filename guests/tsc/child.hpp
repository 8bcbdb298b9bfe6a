// SPDX-License-Identifier: MIT
// What the guest and the domain that it builds agree on: the child answers each event with a report in its memory.
#pragma once

#include "core/base/types.hpp"

namespace xenolith::guest::tsc {

inline constexpr u64 report_address = 0x4000;

struct Report {
  u64 number;                   // of reports, this one included
  // The counter by RDTSC, RDTSCP and RDMSR, one behind the other, and the system time before and after; the narrowest of some readings.
  u64 time_before, rdtsc, rdtscp, rdmsr, time_after;
  u32 aux;                      // what RDTSCP tells with the counter
  u32 khz, host_khz;            // CPUID
  u32 flags, mode, incarnation;
  // The deadline timer, set 10 ms ahead by `khz`: how much system time passed; 0: it did not fire.
  u64 deadline_after;
  // After `written` to the counter: what RDTSC reads, and how far system time moved meanwhile.
  u64 written, read_back, time_moved;
};
inline constexpr u64 deadline_ns = 10'000'000;
inline constexpr u32 aux_value = 0x1234;

}  // namespace xenolith::guest::tsc
