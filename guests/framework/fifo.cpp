// SPDX-License-Identifier: MIT
#include "guests/framework/fifo.hpp"

namespace xenolith::guest::fifo {
namespace {

struct Queues {
  u32 heads[EVTCHN_FIFO_MAX_QUEUES];
  u32 ready;
};

Page words[most_ports / words_per_page];
Page controls[vcpus];
constinit Queues queues[vcpus]{};
constinit u32 given = 0;

// Takes the first event out of its queue: the link goes together with LINKED.
u32 unlink(u32 port) {
  std::atomic_ref<event_word_t> at{word(port)};
  event_word_t old = at.load();
  while (!at.compare_exchange_weak(old, old & ~(1u << EVTCHN_FIFO_LINKED | EVTCHN_FIFO_LINK_MASK))) pause();
  return old & EVTCHN_FIFO_LINK_MASK;
}

u32 take_first(Queues& own, u32 vcpu, u32 priority) {
  u32 port = own.heads[priority];
  if (!port) port = std::atomic_ref{control(vcpu).head[priority]}.load();
  if (!port) {
    own.ready &= ~(1u << priority);
    return 0;
  }
  own.heads[priority] = unlink(port);
  if (!own.heads[priority]) own.ready &= ~(1u << priority);
  return port;
}

}  // namespace

long initialise(u32 count) {
  given = 0;
  for (u32 vcpu = 0; vcpu < count; ++vcpu) {
    queues[vcpu] = {};
    control(vcpu) = {};
    evtchn_init_control request{.control_gfn = controls[vcpu].frame(), .offset = 0, .vcpu = vcpu, .link_bits = 0, ._pad = {}};
    if (long answer = event_op(EVTCHNOP_init_control, &request)) return answer;
  }
  return 0;
}

long expand(bool masked) {
  if (given == most_ports / words_per_page) given = 0;  // one page too many: which one does not matter
  Page& page = words[given];
  for (u32 i = 0; i < words_per_page; ++i) page.as<event_word_t>()[i] = masked ? 1u << EVTCHN_FIFO_MASKED : 0;
  evtchn_expand_array request{page.frame()};
  long answer = event_op(EVTCHNOP_expand_array, &request);
  if (!answer) ++given;
  return answer;
}

u32 pages() { return given; }

event_word_t& word(u32 port) { return words[port / words_per_page].as<event_word_t>()[port % words_per_page]; }
evtchn_fifo_control_block& control(u32 vcpu) { return *controls[vcpu].as<evtchn_fifo_control_block>(); }

Event take(u32 vcpu) {
  Queues& own = queues[vcpu];
  for (;;) {
    own.ready |= std::atomic_ref{control(vcpu).ready}.exchange(0);
    if (!own.ready) return {0, 0};
    u32 priority = static_cast<u32>(__builtin_ctz(own.ready));
    u32 port = take_first(own, vcpu, priority);
    if (!port || has(port, EVTCHN_FIFO_MASKED) || !has(port, EVTCHN_FIFO_PENDING)) continue;
    clear(port, EVTCHN_FIFO_PENDING);
    return {port, priority};
  }
}

}  // namespace xenolith::guest::fifo
