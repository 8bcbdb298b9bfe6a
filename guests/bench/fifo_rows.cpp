// SPDX-License-Identifier: MIT
// Rows: event channels in the FIFO form, with few and with 100,000 of them.
#include "guests/bench/fifo_queue.hpp"
#include "guests/bench/row.hpp"
#include "guests/framework/events.hpp"

namespace xenolith::guest::bench {
namespace {

constexpr u32 most_others = 100'000;
constexpr std::string_view all_together = "event_each_of_100000_fifo";

struct Names {
  std::string_view send, handler, unmask, bind_close;
};

void rows_of_a_port(const Names& names) {
  const u32 port = static_cast<u32>(events::bind_ipi(0));
  fifo::set_masked(port, true);
  repeat(names.send, 1000, [=] {
    events::send(port);
    fifo::clear_pending(port);
  });
  fifo::set_masked(port, false);
  enable_interrupts();
  repeat(names.handler, 1000, [=] {
    u32 before = fifo::taken();
    events::send(port);
    while (fifo::taken() == before) pause();
  });
  repeat(names.unmask, 1000, [=] {
    u32 before = fifo::taken();
    fifo::set_masked(port, true);
    events::send(port);
    fifo::set_masked(port, false);
    events::unmask(port);
    while (fifo::taken() == before) pause();
  });
  disable_interrupts();
  fifo::set_masked(port, true);
  events::close(port);
  repeat(names.bind_close, 500, [] { events::close(static_cast<u32>(events::bind_ipi(0))); });
}

// All channels are sent and then taken in one go.
void all_at_once(const u32* ports, u32 count) {
  if (!selected(all_together)) return;
  for (u32 i = 0; i < count; ++i) fifo::set_masked(ports[i], false);
  const u32 before = fifo::taken();
  measure(all_together, count, [=](u32 i) {
    events::send(ports[i]);
    if (i + 1 < count) return;
    enable_interrupts();
    while (fifo::taken() - before < count) pause();
    disable_interrupts();
  });
  for (u32 i = 0; i < count; ++i) fifo::set_masked(ports[i], true);
}

bool any_selected(const Names& names) {
  return selected(names.send) || selected(names.handler) || selected(names.unmask) || selected(names.bind_close);
}

// Ports stay open: these are the last rows.
void rows_of_many(const Names& names) {
  constexpr std::string_view open = "event_open_100000_fifo";
  if (!any_selected(names) && !selected(open) && !selected(all_together)) return;
  static u32 ports[most_others];
  const u32 others = scaled(most_others);
  if (long answer = fifo::expand(others + 100)) return note("Failure: fifo: expand_array answers {}", answer);
  measure(open, others, [](u32 i) { ports[i] = static_cast<u32>(events::bind_ipi(0)); });
  rows_of_a_port(names);
  all_at_once(ports, others);
}

}  // namespace

void fifo_rows() {
  constexpr Names few{"event_send_fifo", "event_handler_fifo", "event_send_masked_unmask_fifo", "event_bind_close_fifo"};
  constexpr Names many{"event_send_fifo_100000", "event_handler_fifo_100000", "event_send_masked_unmask_fifo_100000",
                       "event_bind_close_fifo_100000"};
  if (long answer = fifo::start()) return note("Failure: fifo: init_control answers {}", answer);
  if (long answer = fifo::expand(1)) return note("Failure: fifo: expand_array answers {}", answer);
  rows_of_a_port(few);
  rows_of_many(many);
}

}  // namespace xenolith::guest::bench
