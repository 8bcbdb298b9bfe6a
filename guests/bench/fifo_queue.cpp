// SPDX-License-Identifier: MIT
#include "guests/bench/fifo_queue.hpp"

#include "guests/framework/events.hpp"

namespace xenolith::guest::bench::fifo {
namespace {

constexpr u32 words_per_page = page_size / sizeof(event_word_t);
constexpr u32 pages = most_ports / words_per_page;
constexpr u32 linked = 1u << EVTCHN_FIFO_LINKED, pending = 1u << EVTCHN_FIFO_PENDING, masked_bit = 1u << EVTCHN_FIFO_MASKED;

Page control_page, array[pages];
constinit u32 pages_given = 0;
constinit u32 heads[EVTCHN_FIFO_MAX_QUEUES];
constinit std::atomic<u32> taken_count = 0;  // by the upcall of the same vCPU

evtchn_fifo_control_block& control() { return *control_page.as<evtchn_fifo_control_block>(); }
std::atomic_ref<u32> word(u32 port) { return std::atomic_ref<u32>{array[port / words_per_page].as<event_word_t>()[port % words_per_page]}; }

// The first of a queue, which is unlinked; 0 when the queue is empty.
u32 take_from(u32 queue, u32& ready) {
  const u32 head = heads[queue] ? heads[queue] : std::atomic_ref<u32>{control().head[queue]}.load();
  const u32 before = head ? word(head).fetch_and(~(linked | EVTCHN_FIFO_LINK_MASK)) : 0;
  heads[queue] = before & EVTCHN_FIFO_LINK_MASK;
  if (!heads[queue]) ready &= ~(1u << queue);
  return head;
}

void upcall() {
  std::atomic_ref<u8>{this_vcpu_info().evtchn_upcall_pending}.store(0);
  std::atomic_ref<u32> shared_ready{control().ready};
  for (u32 ready = shared_ready.exchange(0); ready; ready |= shared_ready.exchange(0)) {
    const u32 port = take_from(static_cast<u32>(__builtin_ctz(ready)), ready);
    if (!port || (word(port).load() & (pending | masked_bit)) != pending) continue;
    clear_pending(port);
    taken_count.fetch_add(1);
  }
}

}  // namespace

long start() {
  evtchn_init_control request{.control_gfn = control_page.frame(), .offset = 0, .vcpu = 0, .link_bits = 0, ._pad = {}};
  if (long answer = event_op(EVTCHNOP_init_control, &request)) return answer;
  return enable_event_interrupt(upcall);
}

long expand(u32 ports) {
  for (; pages_given * words_per_page < ports && pages_given < pages; ++pages_given) {
    for (u32 i = 0; i < words_per_page; ++i) array[pages_given].as<event_word_t>()[i] = masked_bit;
    evtchn_expand_array request{array[pages_given].frame()};
    if (long answer = event_op(EVTCHNOP_expand_array, &request)) return answer;
  }
  return 0;
}

void set_masked(u32 port, bool masked) {
  if (masked) word(port).fetch_or(masked_bit);
  else word(port).fetch_and(~masked_bit);
}

void clear_pending(u32 port) { word(port).fetch_and(~pending); }
u32 taken() { return taken_count.load(); }

}  // namespace xenolith::guest::bench::fifo
