// SPDX-License-Identifier: MIT
// Rows: event channels in the two-level form, sent to the vCPU that runs.
#include "guests/bench/row.hpp"
#include "guests/framework/events.hpp"

namespace xenolith::guest::bench {
namespace {

constexpr u32 most_others = 4000;

void wait_for_next(u32 port, u32 before) {
  while (events::count(port) == before) pause();
}

// The port is masked: only its bit changes.
void send_rows(std::string_view send, std::string_view bind) {
  u32 port = static_cast<u32>(events::bind_ipi(0));
  repeat(send, 1000, [=] {
    events::send(port);
    events::clear_pending(port);
  });
  events::close(port);
  repeat(bind, 500, [] { events::close(static_cast<u32>(events::bind_ipi(0))); });
}

void handler_rows() {
  u32 port = static_cast<u32>(events::bind_ipi(0));
  events::unmask(port);
  enable_interrupts();
  repeat("event_handler_2level", 1000, [=] {
    u32 before = events::count(port);
    events::send(port);
    wait_for_next(port, before);
  });
  repeat("event_unmask_2level", 1000, [=] {
    u32 before = events::count(port);
    events::mask(port);
    std::atomic_ref<u64>{shared_page().evtchn_pending[port / 64]}.fetch_or(u64{1} << port % 64);
    events::unmask(port);
    wait_for_next(port, before);
  });
  disable_interrupts();
  events::close(port);
}

}  // namespace

void two_level_rows() {
  if (long answer = events::enable_upcalls()) fail("no upcall vector: {}", answer);
  handler_rows();
  send_rows("event_send_2level", "event_bind_close_2level");
  if (!selected("event_send_2level_4000") && !selected("event_bind_close_2level_4000")) return;
  const u32 others = scaled(most_others);
  static u32 ports[most_others];
  for (u32 i = 0; i < others; ++i) ports[i] = static_cast<u32>(events::bind_ipi(0));
  send_rows("event_send_2level_4000", "event_bind_close_2level_4000");
  for (u32 i = 0; i < others; ++i) events::close(ports[i]);
}

}  // namespace xenolith::guest::bench
