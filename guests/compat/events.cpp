// SPDX-License-Identifier: MIT
// Both ABIs of event channels, looked at without upcalls.
#include "guests/compat/guest.hpp"

namespace xenolith::guest32 {
namespace {

constinit Page info_page, control_block, event_array;

bool is_pending(u32 port) { return __atomic_load_n(&shared().evtchn_pending[port / 32], __ATOMIC_SEQ_CST) >> port % 32 & 1; }
u32 selector() { return __atomic_load_n(&own_info().evtchn_pending_sel, __ATOMIC_SEQ_CST); }
bool is_told() { return __atomic_load_n(&own_info().evtchn_upcall_pending, __ATOMIC_SEQ_CST); }
void clear(u32 port) {
  __atomic_fetch_and(&shared().evtchn_pending[port / 32], ~(1u << port % 32), __ATOMIC_SEQ_CST);
  __atomic_store_n(&own_info().evtchn_pending_sel, 0u, __ATOMIC_SEQ_CST);
  __atomic_store_n(&own_info().evtchn_upcall_pending, u8{0}, __ATOMIC_SEQ_CST);
}
int send(u32 port) {
  evtchn_send request{port};
  return event_op(EVTCHNOP_send, &request);
}

void send_and_mask(const char* name) {
  Check check{name};
  u32 port = bind_ipi();
  if (!check.expect(port != 0, "no port")) return;
  shared().evtchn_mask[port / 32] &= ~(1u << port % 32);
  clear(port);
  check.equal(static_cast<u32>(send(port)), 0, "answer to send");
  check.expect(is_pending(port), "it is not pending", port);
  check.equal(selector(), 1u << port / 32, "selector");
  check.expect(is_told(), "upcall_pending is not set");
  shared().evtchn_mask[port / 32] |= 1u << port % 32;
  clear(port);
  send(port);
  check.expect(is_pending(port) && selector() == 0, "selector while masked", selector());
  evtchn_unmask request{port};
  check.equal(static_cast<u32>(event_op(EVTCHNOP_unmask, &request)), 0, "answer to unmask");
  check.equal(selector(), 1u << port / 32, "selector after unmasking");
  clear(port);
}

// To a place that only 32-bit structures may have.
void move_info() {
  Check check{"move_info"};
  constexpr u32 offset = 1028;
  vcpu_register_vcpu_info request{.mfn = frame_of(&info_page), .offset = offset, .rsvd = 0};
  if (!check.equal(static_cast<u32>(vcpu_op(VCPUOP_register_vcpu_info, &request)), 0, "answer")) return;
  set_own_info(info_page.as<vcpu_info>(offset));
  check.equal(selector(), ~0u, "selector");
  check.equal(own_info().arch.cr2, 0, "the word behind it");
  check.expect(is_told(), "upcall_pending is not set");
  check.expect(own_info().time.tsc_to_system_mul != 0, "no scale of its time");
}

void all_ports() {
  Check check{"all_ports"};
  u32 last = 0, count = 0;
  for (u32 port = bind_ipi(); port; port = bind_ipi(), ++count) last = port;
  check.equal(last, 1023, "last port");
  evtchn_bind_ipi request{.vcpu = 0, .port = 0};
  check.equal(static_cast<u32>(event_op(EVTCHNOP_bind_ipi, &request)), static_cast<u32>(-XEN_ENOSPC), "answer for one more");
  shared().evtchn_mask[31] = 0;
  clear(1023);
  check.equal(static_cast<u32>(send(1023)), 0, "answer to send on the last");
  check.expect(is_pending(1023) && selector() == 1u << 31, "its selector", selector());
  clear(1023);
}

void close_all() {
  for (u32 port = 1; port < 1024; ++port) {
    evtchn_close request{port};
    event_op(EVTCHNOP_close, &request);
  }
}

void fifo_event() {
  Check check{"fifo_event"};
  evtchn_init_control control{.control_gfn = frame_of(&control_block), .offset = 0, .vcpu = 0, .link_bits = 0, ._pad = {}};
  if (!check.equal(static_cast<u32>(event_op(EVTCHNOP_init_control, &control)), 0, "answer to init_control")) return;
  evtchn_expand_array array{.array_gfn = frame_of(&event_array)};
  check.equal(static_cast<u32>(event_op(EVTCHNOP_expand_array, &array)), 0, "answer to expand_array");
  u32 port = bind_ipi();
  event_word_t& word = event_array.as<event_word_t>()[port];
  __atomic_fetch_and(&word, ~(1u << EVTCHN_FIFO_MASKED), __ATOMIC_SEQ_CST);
  check.equal(static_cast<u32>(send(port)), 0, "answer to send");
  auto* block = control_block.as<evtchn_fifo_control_block>();
  check.expect(__atomic_load_n(&word, __ATOMIC_SEQ_CST) & 1u << EVTCHN_FIFO_PENDING, "it is not pending", word);
  check.expect(block->ready & 1u << EVTCHN_FIFO_PRIORITY_DEFAULT, "its queue is not ready", block->ready);
  check.equal(block->head[EVTCHN_FIFO_PRIORITY_DEFAULT], port, "head of its queue");
}

// More than two levels have for a 32-bit guest.
void fifo_ports() {
  Check check{"fifo_ports"};
  u32 last = 0;
  for (u32 port = bind_ipi(); port && last < 2000; port = bind_ipi()) last = port;
  check.expect(last >= 2000, "last port", last);
}

}  // namespace

void check_two_level() {
  send_and_mask("send_and_mask");
  move_info();
  send_and_mask("send_after_moving");
  all_ports();
  close_all();
}

void check_fifo() {
  fifo_event();
  fifo_ports();
}

}  // namespace xenolith::guest32
