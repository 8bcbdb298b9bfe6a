// SPDX-License-Identifier: MIT
// Rows: the vCPU's single-shot timer: set, and sleep until it fires.
#include "guests/bench/processor.hpp"
#include "guests/bench/row.hpp"

namespace xenolith::guest::bench {
namespace {

constexpr u64 time_to_settle = seconds(1);

}  // namespace

void settle() {
  if (iterations(2) == iterations(3)) return;
  open_timer();
  disable_interrupts();
  const u32 before = timer_count();
  set_timer(system_time() + time_to_settle);
  while (timer_count() == before) enable_and_halt();
  close_timer();
}

void timer_rows() {
  open_timer();
  enable_interrupts();
  repeat("timer_set_and_fire", 200, [] {
    u32 before = timer_count();
    set_timer(system_time() + microseconds(20));
    while (timer_count() == before) pause();
  });
  disable_interrupts();
  repeat("timer_block_and_wake", 200, [] {
    u32 before = timer_count();
    set_timer(system_time() + microseconds(100));
    while (timer_count() == before) enable_and_halt();
  });
  close_timer();
}

}  // namespace xenolith::guest::bench
