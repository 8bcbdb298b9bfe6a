// SPDX-License-Identifier: MIT
#include <algorithm>

#include "core/events/event_test.hpp"

namespace xenolith {
namespace {

class FifoTest : public EventTest {
 protected:
  using Ports = std::vector<u32>;

  i64 init(u64 gfn, u32 offset, u32 vcpu) {
    evtchn_init_control_t request{gfn, offset, vcpu, 0, {}};
    return event_call(one.vcpu(), EVTCHNOP_init_control, request);
  }
  i64 priority(u32 port, u32 priority) {
    evtchn_set_priority_t request{port, priority};
    return event_call(one.vcpu(), EVTCHNOP_set_priority, request);
  }
  i64 unmask(u32 port) {
    evtchn_unmask_t request{port};
    return event_call(one.vcpu(), EVTCHNOP_unmask, request);
  }
  i64 move(u32 port, u32 vcpu) {
    evtchn_bind_vcpu_t request{port, vcpu};
    return event_call(one.vcpu(), EVTCHNOP_bind_vcpu, request);
  }
};

TEST_F(FifoTest, WrongArguments) {
  one.populate(Gfn{100});
  evtchn_expand_array_t expand{100};
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_expand_array, expand), -XEN_EOPNOTSUPP);
  u32 port = ipi(one.vcpu());
  EXPECT_EQ(priority(port, 0), -XEN_ENOSYS);
  EXPECT_EQ(init(100, 0, 2), -XEN_ENOENT);
  EXPECT_EQ(init(100, 4, 0), -XEN_EINVAL);
  EXPECT_EQ(init(100, page_size - 64, 0), -XEN_EINVAL);
  EXPECT_EQ(init(101, 0, 0), -XEN_EINVAL);
  EXPECT_FALSE(one->events().uses_fifo());
  EXPECT_EQ(init(100, page_size - 72, 0), 0);
  EXPECT_EQ(init(100, 0, 0), -XEN_EINVAL) << "once per vCPU";
  EXPECT_EQ(init(100, 80, 1), 0) << "two blocks may share a page";
  expand.array_gfn = 101;
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_expand_array, expand), -XEN_EINVAL);
  EXPECT_EQ(priority(port, 16), -XEN_EINVAL);
  EXPECT_EQ(priority(port + 1, 0), -XEN_EACCES);
  EXPECT_EQ(priority(5000, 0), -XEN_EINVAL);
  EXPECT_EQ(priority(port, 15), 0);
}

TEST_F(FifoTest, TheArrayHoldsAllPortsAndNoMore) {
  FifoGuest guest{one, 1, 128};
  one.populate(Gfn{400});
  evtchn_expand_array_t request{400};
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_expand_array, request), -XEN_ENOSPC);
}

TEST_F(FifoTest, EventsComeInOrderAndByPriority) {
  FifoGuest guest{one, 2, 1};
  Ports ports;
  for (int n = 0; n < 6; ++n) ports.push_back(ipi(one.vcpu()));
  EXPECT_EQ(priority(ports[4], 2), 0);
  EXPECT_EQ(priority(ports[5], 15), 0);
  for (u32 port : {ports[5], ports[2], ports[0], ports[0], ports[1], ports[4], ports[3]}) EXPECT_EQ(send(one.vcpu(), port), 0);
  EXPECT_TRUE(one.vcpu().upcall_pending());
  EXPECT_EQ(guest.consume(), (Ports{ports[4], ports[2], ports[0], ports[1], ports[3], ports[5]}));
  EXPECT_EQ(guest.consume(), Ports{});
}

TEST_F(FifoTest, OneUpcallForAQueueThatIsNotEmpty) {
  FifoGuest guest{one, 1, 1};
  u32 first = ipi(one.vcpu()), second = ipi(one.vcpu());
  fake::take_calls(one.vcpu());
  send(one.vcpu(), first), send(one.vcpu(), second), send(one.vcpu(), first);
  EXPECT_EQ(fake::take_calls(one.vcpu()).upcalls, 1u);
}

TEST_F(FifoTest, MaskedEventsAreLinkedByUnmask) {
  FifoGuest guest{one, 1, 1};
  u32 port = ipi(one.vcpu());
  guest_test_and_set(guest.word(port), EVTCHN_FIFO_MASKED);
  send(one.vcpu(), port);
  EXPECT_TRUE(guest.test(port, EVTCHN_FIFO_PENDING));
  EXPECT_EQ(guest.consume(), Ports{});
  EXPECT_EQ(unmask(port), 0);
  EXPECT_EQ(guest.consume(), Ports{port});
  EXPECT_EQ(unmask(port), 0);
  EXPECT_EQ(guest.consume(), Ports{});
}

TEST_F(FifoTest, EventsBeforeTheirWordAreDeliveredWithIt) {
  u32 port = ipi(one.vcpu());
  send(one.vcpu(), port);
  FifoGuest guest{one, 1, 0};
  u32 second = ipi(one.vcpu());
  send(one.vcpu(), second);
  guest.add_page();
  EXPECT_EQ(guest.consume(), (Ports{port, second}));
}

TEST_F(FifoTest, AnEventThatMovesIsInOneQueueOnly) {
  FifoGuest guest{one, 2, 1};
  u32 port = unbound_for(two.vcpu(), 1);
  u32 mover = bound_to(one.vcpu(), 2, port), stayer = ipi(one.vcpu());
  EXPECT_EQ(guest.consume(), Ports{mover});
  EXPECT_EQ(move(mover, 1), 0);
  send(two.vcpu(), port);
  send(one.vcpu(), stayer);
  EXPECT_EQ(guest.consume(0), Ports{stayer}) << "the moved event had been the tail of this queue";
  EXPECT_EQ(guest.consume(1), Ports{mover});
  send(two.vcpu(), port);
  EXPECT_EQ(move(mover, 0), 0);
  send(two.vcpu(), port);
  EXPECT_EQ(guest.consume(1), Ports{mover}) << "linked before the move";
  EXPECT_EQ(guest.consume(0), Ports{});
  EXPECT_EQ(priority(mover, 3), 0);
  send(two.vcpu(), port);
  send(one.vcpu(), stayer);
  EXPECT_EQ(guest.consume(0), (Ports{mover, stayer}));
}

TEST_F(FifoTest, AClosedPortIsNotReusedWhileLinked) {
  FifoGuest guest{one, 1, 1};
  u32 port = ipi(one.vcpu());
  send(one.vcpu(), port);
  EXPECT_EQ(close(one.vcpu(), port), 0);
  EXPECT_NE(ipi(one.vcpu()), port);
  EXPECT_EQ(guest.consume(), Ports{}) << "the event was taken back";
  EXPECT_EQ(ipi(one.vcpu()), port);
}

TEST_F(FifoTest, ASearchAmongManyLinkedPortsIsMadeInSteps) {
  constexpr u32 many = 10000;
  FifoGuest guest{one, 1, 10};
  for (u32 n = 1; n < many; ++n) ASSERT_EQ(ipi(one.vcpu()), n);
  for (u32 n = 1; n < many; ++n) ASSERT_EQ(close(one.vcpu(), n), 0);
  for (u32 n = 1; n < many; ++n) guest_test_and_set(guest.word(n), EVTCHN_FIFO_LINKED);
  unsigned steps = 1;
  Result<Port> port = Failure{EventTable::search_goes_on};
  for (; (port = one->events().bind_ipi(VcpuId{0})).failed(); ++steps) ASSERT_EQ(port.error(), EventTable::search_goes_on);
  EXPECT_EQ(port->raw(), many);
  EXPECT_EQ(steps, 3u);
  EXPECT_EQ(ipi(one.vcpu()), many + 1) << "the hypercall goes on by itself";
  guest_test_and_clear(guest.word(7), EVTCHN_FIFO_LINKED);
  EXPECT_EQ(ipi(one.vcpu()), 7u);
  EXPECT_EQ(one->events().bind_ipi(VcpuId{0}).error(), EventTable::search_goes_on);
  guest_test_and_clear(guest.word(9), EVTCHN_FIFO_LINKED);
  EXPECT_EQ(close(one.vcpu(), many), 0);
  EXPECT_EQ(ipi(one.vcpu()), many) << "the search went on behind 9";
  EXPECT_EQ(ipi(one.vcpu()), 9u);
}

TEST_F(FifoTest, AVcpuWithoutControlBlockIsNotTold) {
  FifoGuest guest{one, 1, 1};
  u32 port = ipi(one.vcpu(), 1);
  send(one.vcpu(), port);
  EXPECT_TRUE(guest.test(port, EVTCHN_FIFO_PENDING));
  EXPECT_FALSE(guest.test(port, EVTCHN_FIFO_LINKED));
  one.populate(Gfn{150});
  EXPECT_EQ(init(150, 0, 1), 0);
  EXPECT_EQ(unmask(port), 0);
  EXPECT_TRUE(guest.test(port, EVTCHN_FIFO_LINKED));
}

TEST_F(FifoTest, ResetGoesBackToTwoLevels) {
  {
    FifoGuest guest{one, 2, 2};
    send(one.vcpu(), ipi(one.vcpu()));
  }
  evtchn_reset_t request{DOMID_SELF};
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_reset, request), 0);
  EXPECT_FALSE(one->events().uses_fifo());
  u32 port = ipi(one.vcpu());
  send(one.vcpu(), port);
  EXPECT_TRUE(take_pending(*one, port));
}

TEST_F(FifoTest, HostileWordsHarmOnlyTheirDomain) {
  FifoGuest guest{one, 2, 1};
  Ports ports;
  for (int n = 0; n < 8; ++n) ports.push_back(ipi(one.vcpu(), n % 2));
  u64 random = 12345;
  for (int n = 0; n < 20000; ++n) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    u32 port = ports[random >> 33 & 7];
    *guest.word(port) = static_cast<u32>(random >> 20);
    guest.control(n & 1).ready = static_cast<u32>(random >> 11);
    EXPECT_EQ(send(one.vcpu(), ports[random >> 40 & 7]), 0);
  }
  u32 there = unbound_for(two.vcpu(), 1);
  bound_to(one.vcpu(), 2, there);
  EXPECT_EQ(send(two.vcpu(), there), 0);
}

}  // namespace
}  // namespace xenolith
