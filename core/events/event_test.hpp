// SPDX-License-Identifier: MIT
// What the tests of event channels share: three domains, hypercalls by structure, and a guest's side of the FIFO ABI.
#pragma once

#include <arch/fake.hpp>

#include <gtest/gtest.h>

#include <vector>

#include "core/domain/domain.hpp"
#include "core/events/event_channel_op.hpp"
#include "core/events/event_queues.hpp"
#include "core/events/event_table.hpp"
#include "core/events/poll.hpp"
#include "core/events/virq.hpp"

namespace xenolith {

// Makes the hypercall with the structure, which gets the results. Returns what the guest would see.
template <class Structure>
i64 event_call(Vcpu& caller, u32 operation, Structure& structure) {
  fake::GuestRange range{&structure, sizeof(structure)};
  HypercallArguments arguments{{operation, reinterpret_cast<u64>(&structure)}};
  for (;;) {
    HypercallOutcome outcome = event_channel_op(caller, arguments);
    if (outcome.is_done()) return outcome.value();
    arguments = outcome.arguments();
  }
}

class EventTest : public testing::Test {
 protected:
  fake::TestDomain control{0, {.control = true, .hardware = true}};
  fake::TestDomain one{1, {.vcpus = 2}};
  fake::TestDomain two{2, {.vcpus = 2}};

  static i64 send(Vcpu& caller, u32 port) {
    evtchn_send_t request{port};
    return event_call(caller, EVTCHNOP_send, request);
  }
  static i64 close(Vcpu& caller, u32 port) {
    evtchn_close_t request{port};
    return event_call(caller, EVTCHNOP_close, request);
  }
  static u32 unbound_for(Vcpu& caller, u16 remote) {
    evtchn_alloc_unbound_t request{DOMID_SELF, remote, 0};
    EXPECT_EQ(event_call(caller, EVTCHNOP_alloc_unbound, request), 0);
    return request.port;
  }
  static u32 bound_to(Vcpu& caller, u16 remote, u32 port) {
    evtchn_bind_interdomain_t request{remote, port, 0};
    EXPECT_EQ(event_call(caller, EVTCHNOP_bind_interdomain, request), 0);
    return request.local_port;
  }
  static u32 ipi(Vcpu& caller, u32 vcpu = 0) {
    evtchn_bind_ipi_t request{vcpu, 0};
    EXPECT_EQ(event_call(caller, EVTCHNOP_bind_ipi, request), 0);
    return request.port;
  }
  static evtchn_status_t status(Vcpu& caller, u32 port) {
    evtchn_status_t request{};
    request.dom = DOMID_SELF;
    request.port = port;
    EXPECT_EQ(event_call(caller, EVTCHNOP_status, request), 0);
    return request;
  }
  // As the guest sees the 2-level bits; the pending bit is cleared.
  static bool take_pending(Domain& domain, u32 port) {
    return guest_test_and_clear(reinterpret_cast<u64*>(&domain.shared_info().evtchn_pending[port / 64]), port % 64);
  }
  static void clear_upcall(Vcpu& vcpu) {
    __atomic_store_n(&vcpu.info().evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&vcpu.info().evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
  }
};

// A guest that uses the FIFO ABI as the interface tells it to: one control block page per vCPU and `pages` of event words.
class FifoGuest {
 public:
  FifoGuest(fake::TestDomain& domain, unsigned vcpus, unsigned pages) : domain_{domain} {
    for (unsigned n = 0; n < vcpus; ++n) {
      Gfn gfn{100 + n};
      control_.push_back(reinterpret_cast<evtchn_fifo_control_block_t*>(domain.populate(gfn)));
      heads_.emplace_back();
      evtchn_init_control_t request{gfn.raw(), 0, n, 0, {}};
      EXPECT_EQ(event_call(domain.vcpu(), EVTCHNOP_init_control, request), 0);
      EXPECT_EQ(request.link_bits, EVTCHN_FIFO_LINK_BITS);
    }
    for (unsigned n = 0; n < pages; ++n) add_page();
  }
  void add_page() {
    Gfn gfn{200 + words_.size()};
    words_.push_back(reinterpret_cast<u32*>(domain_.populate(gfn)));
    evtchn_expand_array_t request{gfn.raw()};
    EXPECT_EQ(event_call(domain_.vcpu(), EVTCHNOP_expand_array, request), 0);
  }
  u32* word(u32 port) { return words_[port / 1024] + port % 1024; }
  evtchn_fifo_control_block_t& control(unsigned vcpu = 0) { return *control_[vcpu]; }
  bool test(u32 port, unsigned bit) { return guest_test(word(port), bit); }

  // Handles what is queued for the vCPU in the order of priorities: the ports whose events were taken.
  std::vector<u32> consume(unsigned vcpu = 0) {
    std::vector<u32> taken;
    u32 ready = __atomic_exchange_n(&control_[vcpu]->ready, 0, __ATOMIC_SEQ_CST);
    for (unsigned bound = 0; ready && bound < 1u << 18; ++bound) {
      unsigned queue = static_cast<unsigned>(__builtin_ctz(ready));
      consume_one(vcpu, queue, ready, taken);
      ready |= __atomic_exchange_n(&control_[vcpu]->ready, 0, __ATOMIC_SEQ_CST);
    }
    return taken;
  }

 private:
  void consume_one(unsigned vcpu, unsigned queue, u32& ready, std::vector<u32>& taken) {
    u32& head = heads_[vcpu].head[queue];
    if (head == 0) head = __atomic_load_n(&control_[vcpu]->head[queue], __ATOMIC_SEQ_CST);
    u32 port = head;
    head = unlink(port);
    if (head == 0) ready &= ~(1u << queue);
    u32 now = __atomic_load_n(word(port), __ATOMIC_SEQ_CST);
    if (now & 1u << EVTCHN_FIFO_MASKED) return;
    if (guest_test_and_clear(word(port), EVTCHN_FIFO_PENDING)) taken.push_back(port);
  }
  u32 unlink(u32 port) {
    u32 seen = __atomic_load_n(word(port), __ATOMIC_SEQ_CST), wanted;
    do wanted = seen & ~(1u << EVTCHN_FIFO_LINKED | EVTCHN_FIFO_LINK_MASK);
    while (!__atomic_compare_exchange_n(word(port), &seen, wanted, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    return seen & EVTCHN_FIFO_LINK_MASK;
  }

  struct Heads {
    u32 head[EVTCHN_FIFO_MAX_QUEUES] = {};
  };
  fake::TestDomain& domain_;
  std::vector<evtchn_fifo_control_block_t*> control_;
  std::vector<Heads> heads_;
  std::vector<u32*> words_;
};

}  // namespace xenolith
