// SPDX-License-Identifier: MIT
// Rows: event channels in the FIFO form, with few, with 10,000 and with 100,000 of them.
#include "guests/bench/fifo_queue.hpp"
#include "guests/bench/row.hpp"
#include "guests/framework/events.hpp"

namespace xenolith::guest::bench {
namespace {

constexpr u32 most_others = 100'000;
constinit u32 ports[most_others];
constinit u32 opened = 0;

struct Names {
  std::string_view send, handler, unmask, bind_close, open, each;
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
void all_at_once(std::string_view name) {
  if (!selected(name)) return;
  for (u32 i = 0; i < opened; ++i) fifo::set_masked(ports[i], false);
  const u32 before = fifo::taken();
  measure(name, opened, [=](u32 i) {
    events::send(ports[i]);
    if (i + 1 < opened) return;
    enable_interrupts();
    while (fifo::taken() - before < opened) pause();
    disable_interrupts();
  });
  for (u32 i = 0; i < opened; ++i) fifo::set_masked(ports[i], true);
}

bool any_selected(const Names& names) {
  for (std::string_view name : {names.send, names.handler, names.unmask, names.bind_close, names.open, names.each})
    if (selected(name)) return true;
  return false;
}

// Ports stay open: these are the last rows.
void rows_beside(u32 others, const Names& names) {
  if (!any_selected(names)) return;
  if (long answer = fifo::expand(others + 100)) return note("Failure: fifo: expand_array answers {}", answer);
  measure(names.open, others - opened, [](u32) { ports[opened++] = static_cast<u32>(events::bind_ipi(0)); });
  rows_of_a_port(names);
  all_at_once(names.each);
}

}  // namespace

void fifo_rows() {
  constexpr Names few{"event_send_fifo", "event_handler_fifo", "event_send_masked_unmask_fifo", "event_bind_close_fifo", {}, {}};
  constexpr Names thousands{"event_send_fifo_10k", "event_handler_fifo_10k", "event_send_masked_unmask_fifo_10k", "event_bind_close_fifo_10k",
                            "event_open_fifo_10k", "event_each_fifo_10k"};
  constexpr Names many{"event_send_fifo_100k", "event_handler_fifo_100k", "event_send_masked_unmask_fifo_100k",
                       "event_bind_close_fifo_100k", "event_open_fifo_100k", "event_each_fifo_100k"};
  if (long answer = fifo::start()) return note("Failure: fifo: init_control answers {}", answer);
  if (long answer = fifo::expand(1)) return note("Failure: fifo: expand_array answers {}", answer);
  rows_of_a_port(few);
  rows_beside(scaled(10'000), thousands);
  if (with_many_channels()) rows_beside(scaled(most_others), many);
}

}  // namespace xenolith::guest::bench
