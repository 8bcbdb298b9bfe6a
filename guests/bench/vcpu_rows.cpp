// SPDX-License-Identifier: MIT
// Rows: between two vCPUs of a domain. On a machine with one CPU the other vCPU runs when the first one blocks.
#include "guests/bench/processor.hpp"
#include "guests/bench/row.hpp"
#include "guests/framework/events.hpp"

namespace xenolith::guest::bench {
namespace {

std::atomic<u32> ipis[2];
std::atomic<bool> ready = false;  // pairs with the wait in start_second
constinit u32 to_second = 0, to_first = 0;  // ports

void count_ipi() {
  const u32 id = this_cpu().id;
  ipis[id].fetch_add(1);
  if (id == 1) send_ipi(0);
}

// The second vCPU: sleeps, and answers each event.
void serve() {
  events::enable_upcalls();
  ready.store(true);
  for (u32 answered = events::count(to_second);;) {
    enable_and_halt();
    if (events::count(to_second) == answered) continue;
    answered = events::count(to_second);
    events::send(to_first);
  }
}

bool start_second() {
  to_second = static_cast<u32>(events::bind_ipi(1));
  to_first = static_cast<u32>(events::bind_ipi(0));
  set_ipi_handler(count_ipi);
  if (!start_cpu(1, serve) || !wait_for(seconds(1), [] { return ready.load(); })) return false;
  events::unmask(to_second);
  events::unmask(to_first);
  return true;
}

void self_ipi_row() {
  set_ipi_handler(count_ipi);
  enable_interrupts();
  repeat("ipi_self", 500, [] {
    u32 before = ipis[0].load();
    send_ipi_to_self();
    while (ipis[0].load() == before) pause();
  });
  disable_interrupts();
}

}  // namespace

void vcpu_rows() {
  self_ipi_row();
  if (!selected("event_round_trip_vcpu") && !selected("ipi_round_trip_vcpu")) return;
  if (cpu_count() < 2) return note("Skip: vcpus: the domain has one vCPU");
  if (!start_second()) return note("Failure: vcpus: the second vCPU does not start");
  repeat("event_round_trip_vcpu", 300, [] {
    u32 before = events::count(to_first);
    events::send(to_second);
    while (events::count(to_first) == before) enable_and_halt();
  });
  repeat("ipi_round_trip_vcpu", 300, [] {
    u32 before = ipis[0].load();
    send_ipi(1);
    while (ipis[0].load() == before) enable_and_halt();
  });
  vcpu_op(VCPUOP_down, 1, nullptr);
}

}  // namespace xenolith::guest::bench
