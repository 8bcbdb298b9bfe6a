// SPDX-License-Identifier: MIT
// Rows: the vCPU's single-shot timer: set, fire, and sleep until it fires.
#include "guests/bench/row.hpp"
#include "guests/framework/events.hpp"

namespace xenolith::guest::bench {
namespace {

long set_timer(u64 when) {
  vcpu_set_singleshot_timer request{.timeout_abs_ns = when, .flags = 0};
  return vcpu_op(VCPUOP_set_singleshot_timer, 0, &request);
}

constexpr u64 time_to_settle = seconds(1);

}  // namespace

void settle() {
  if (iterations(2) == iterations(3)) return;
  const u32 port = static_cast<u32>(events::bind_virq(VIRQ_TIMER, 0));
  events::unmask(port);
  disable_interrupts();
  const u32 before = events::count(port);
  set_timer(system_time() + time_to_settle);
  while (events::count(port) == before) enable_and_halt();
  events::close(port);
}

void timer_rows() {
  const u32 port = static_cast<u32>(events::bind_virq(VIRQ_TIMER, 0));
  events::unmask(port);
  repeat("timer_set", 500, [] { set_timer(system_time() + seconds(100)); });
  vcpu_op(VCPUOP_stop_singleshot_timer, 0, nullptr);
  enable_interrupts();
  repeat("timer_set_and_fire", 200, [=] {
    u32 before = events::count(port);
    set_timer(system_time() + microseconds(20));
    while (events::count(port) == before) pause();
  });
  disable_interrupts();
  repeat("timer_block_and_wake", 200, [=] {
    u32 before = events::count(port);
    set_timer(system_time() + microseconds(100));
    while (events::count(port) == before) enable_and_halt();
  });
  events::close(port);
}

}  // namespace xenolith::guest::bench
