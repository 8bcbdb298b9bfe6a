// SPDX-License-Identifier: MIT
// A row of the benchmark: an operation that is repeated between two marks. The guest tells each row on the console,
//   Row: NAME ITERATIONS NANOSECONDS
// in the order of the marks, so that the plugin's counts and these lines belong together one by one. What is not counted but read, such
// as free memory, is told as
//   Value: NAME NUMBER
#pragma once

#include <guest/mark.hpp>

#include "guests/framework/test.hpp"

namespace xenolith::guest::bench {

// Words of the command line. `rows=TEXT[|TEXT...]`: only rows whose name contains one of them. `bench`: the full number of iterations;
// without it each row runs a few times, which shows that it works. `domains=N`: no rows that need more domains (100).
// `channels`: with the rows that open 100,000 channels, which takes Xen an hour: it looks for a free port from the first one on.
void read_options();
bool selected(std::string_view name);
u32 iterations(u32 full);
u32 scaled(u32 full);  // how many objects to make
u32 domain_limit();
bool with_many_channels();

// Sleeps until the hypervisor has done what it does when idle: scrubbing memory. Full runs only,
// after two_level_rows().
void settle();

void tell_row(std::string_view name, u32 count, u64 nanoseconds);
void tell_value(std::string_view name, u64 value);

// Runs `body(i)` for i below `count`.
template <class Body>
void measure(std::string_view name, u32 count, Body&& body) {
  const u64 start = system_time();
  mark_begin();
  for (u32 i = 0; i < count; ++i) body(i);
  mark_end();
  tell_row(name, count, system_time() - start);
}

// Same for an operation that may be repeated at will; it runs three times before it is measured.
template <class Body>
void repeat(std::string_view name, u32 full_count, Body&& body) {
  if (!selected(name)) return;
  for (u32 i = 0; i < 3; ++i) body();
  measure(name, iterations(full_count), [&](u32) { body(); });
}

// The groups.
void call_rows();
void two_level_rows();
void fifo_rows();
void vcpu_rows();
void timer_rows();
void grant_rows(u16 granting_domain);
void memory_rows();
void domain_rows();

}  // namespace xenolith::guest::bench
