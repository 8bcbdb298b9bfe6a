// SPDX-License-Identifier: MIT
// Event channels in their FIFO form (xen/event_channel.h, "FIFO ABI"): control block, event array, priorities, masks.
#include "guests/framework/events.hpp"
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

constexpr u32 words_per_page = page_size / sizeof(event_word_t);
Page control_page, array_page, second_array_page;

event_word_t& word_of(u32 port) { return (port < words_per_page ? array_page : second_array_page).as<event_word_t>()[port % words_per_page]; }
evtchn_fifo_control_block& control() { return *control_page.as<evtchn_fifo_control_block>(); }
void change(u32 port, u32 clear, u32 set) {
  std::atomic_ref<event_word_t> word{word_of(port)};
  word.fetch_and(~clear);
  word.fetch_or(set);
}
bool flag(u32 port, u32 bit) { return word_of(port) >> bit & 1; }

constinit u32 heads[EVTCHN_FIFO_MAX_QUEUES];
constinit u32 order[64];
constinit volatile u32 taken = 0;

// Takes one event off a queue; the link is cleared together with LINKED, or the queue is emptied.
u32 take_from(u32 queue, u32& ready) {
  u32 head = heads[queue] ? heads[queue] : std::atomic_ref<u32>{control().head[queue]}.load();
  if (!head) return ready &= ~(1u << queue), 0;
  std::atomic_ref<event_word_t> word{word_of(head)};
  event_word_t old = word.load();
  while (!word.compare_exchange_weak(old, old & ~(1u << EVTCHN_FIFO_LINKED | EVTCHN_FIFO_LINK_MASK))) pause();
  heads[queue] = old & EVTCHN_FIFO_LINK_MASK;
  if (!heads[queue]) ready &= ~(1u << queue);
  return head;
}

void upcall() {
  std::atomic_ref<u8>{this_vcpu_info().evtchn_upcall_pending}.store(0);
  std::atomic_ref<u32> shared_ready{control().ready};
  u32 ready = shared_ready.exchange(0);
  while (ready) {
    u32 port = take_from(static_cast<u32>(__builtin_ctz(ready)), ready);
    if (port && flag(port, EVTCHN_FIFO_PENDING) && !flag(port, EVTCHN_FIFO_MASKED)) {
      change(port, 1u << EVTCHN_FIFO_PENDING, 0);
      if (taken < sizeof order / sizeof *order) order[taken] = port;
      taken = taken + 1;
    }
    ready |= shared_ready.exchange(0);
  }
}

bool take(u32 wanted, u64 duration = patience) {
  enable_interrupts();
  bool reached = wait_for(duration, [&] { return taken >= wanted; });
  disable_interrupts();
  return reached;
}

bool set_up() {
  Check check{"init_control"};
  for (u32 port = 0; port < words_per_page; ++port) word_of(port) = 1u << EVTCHN_FIFO_MASKED;
  evtchn_init_control request{.control_gfn = control_page.frame(), .offset = 0, .vcpu = 0, .link_bits = 0, ._pad = {}};
  request.offset = page_size - 4;
  check.equal(event_op(EVTCHNOP_init_control, &request), -XEN_EINVAL, "answer for a block that leaves its page");
  request.offset = 0;
  request.vcpu = 5000;
  check.equal(event_op(EVTCHNOP_init_control, &request), -XEN_ENOENT, "answer for vCPU 5000");
  request.vcpu = 0;
  check.equal(event_op(EVTCHNOP_init_control, &request), 0, "answer");
  check.equal(u32{request.link_bits}, u32{EVTCHN_FIFO_LINK_BITS}, "link bits");
  evtchn_expand_array expand{array_page.frame()};
  check.equal(event_op(EVTCHNOP_expand_array, &expand), 0, "answer to expand_array");
  return check.equal(enable_event_interrupt(upcall), 0, "answer to setting the interrupt of events");
}

void send_to_self() {
  Check check{"send_to_self"};
  u32 port = static_cast<u32>(events::bind_ipi(0));
  check.equal(events::send(port), 0, "answer to send");
  check.expect(flag(port, EVTCHN_FIFO_PENDING), "a masked port does not become pending");
  check.expect(!flag(port, EVTCHN_FIFO_LINKED), "a masked port is linked");
  change(port, 1u << EVTCHN_FIFO_MASKED, 0);
  check.equal(events::unmask(port), 0, "answer to unmask");
  check.expect(flag(port, EVTCHN_FIFO_LINKED), "it is not linked after unmask");
  taken = 0;
  check.expect(take(1), "the upcall does not come");
  check.equal(order[0], port, "port");
  check.equal(word_of(port) & ~EVTCHN_FIFO_LINK_MASK, 0u, "event word after it");
  events::close(port);
}

// Three ports are sent lowest priority first; they are queued by priority.
void priorities() {
  Check check{"priorities"};
  constexpr u32 wanted[] = {15, 7, 0};
  u32 ports[3];
  for (u32 i = 0; i < 3; ++i) {
    ports[i] = static_cast<u32>(events::bind_ipi(0));
    evtchn_set_priority request{.port = ports[i], .priority = wanted[i]};
    check.equal(event_op(EVTCHNOP_set_priority, &request), 0, "answer to set_priority");
    change(ports[i], 1u << EVTCHN_FIFO_MASKED, 0);
  }
  evtchn_set_priority bad{.port = ports[0], .priority = EVTCHN_FIFO_MAX_QUEUES};
  check.equal(event_op(EVTCHNOP_set_priority, &bad), -XEN_EINVAL, "answer to priority 16");
  taken = 0;
  for (u32 port : ports) events::send(port);
  check.equal(control().ready, 1u << 15 | 1u << 7 | 1u, "ready queues");
  check.expect(take(3), "{} of 3 arrive", u32{taken});
  for (u32 i = 0; i < 3; ++i) check.equal(order[i], ports[2 - i], "port in order");
  for (u32 port : ports) change(port, 0, 1u << EVTCHN_FIFO_MASKED), events::close(port);
}

// Ports of one priority come in the order in which they were sent.
void one_queue() {
  Check check{"one_queue"};
  constexpr u32 many = 32;
  u32 ports[many];
  for (u32& port : ports) {
    port = static_cast<u32>(events::bind_ipi(0));
    change(port, 1u << EVTCHN_FIFO_MASKED, 0);
  }
  taken = 0;
  for (u32 i = many; i-- > 0;) events::send(ports[i]);
  check.expect(take(many), "{} of {} arrive", u32{taken}, many);
  for (u32 i = 0; i < many; ++i) check.equal(order[i], ports[many - 1 - i], "port in order");
  for (u32 port : ports) change(port, 0, 1u << EVTCHN_FIFO_MASKED), events::close(port);
}

// A port beyond the array is there, but has no word to be pending in; it works when the array has grown.
void beyond_the_array() {
  Check check{"expand_array"};
  long port = 0;
  while (port >= 0 && port + 1 < long{words_per_page}) port = events::alloc_unbound(DOMID_SELF);
  check.equal(port, long{words_per_page} - 1, "last port of the first page");
  u32 ipi = static_cast<u32>(events::bind_ipi(0));
  if (!check.equal(ipi, words_per_page, "port after it")) return;
  taken = 0;
  check.equal(events::send(ipi), 0, "answer to send before the array has grown");
  check.expect(!take(1, milliseconds(20)), "an event comes without a word");
  evtchn_expand_array expand{second_array_page.frame()};
  check.equal(event_op(EVTCHNOP_expand_array, &expand), 0, "answer to expand_array");
  events::send(ipi);
  check.expect(take(1), "its event does not come");
  check.equal(order[0], ipi, "port");
}

// Links that no hypervisor made must hurt nobody but the guest.
void damaged_queue() {
  Check check{"damaged_queue"};
  u32 port = static_cast<u32>(events::bind_ipi(0));
  change(port, 1u << EVTCHN_FIFO_MASKED, 0);
  events::send(port);
  for (u32 link : {port, 1u, u32{EVTCHN_FIFO_LINK_MASK}}) {
    word_of(port) = 1u << EVTCHN_FIFO_LINKED | link;
    u32 other = static_cast<u32>(events::bind_ipi(0));
    change(other, 1u << EVTCHN_FIFO_MASKED, 0);
    check.equal(events::send(other), 0, "answer to send");
    check.equal(events::send(port), 0, "answer to send of the damaged one");
  }
}

}  // namespace

void test_main() {
  if (!set_up()) return;
  send_to_self();
  priorities();
  one_queue();
  beyond_the_array();
  damaged_queue();
}

}  // namespace xenolith::guest
