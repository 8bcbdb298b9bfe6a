// SPDX-License-Identifier: MIT
// Channels as the hypervisor uses them: its own, VIRQs, polling, teardown, the dump; and failing allocations.
#include <algorithm>

#include "core/domain/end_of_machine.hpp"
#include "core/events/event_dump.hpp"
#include "core/events/event_test.hpp"

namespace xenolith {
namespace {

using HypervisorTest = EventTest;

struct Notified {
  Vcpu* vcpu = nullptr;
  u32 port = 0;
  int count = 0;
} notified;
void note(Vcpu& vcpu, Port port) { notified = {&vcpu, port.raw(), notified.count + 1}; }

TEST_F(HypervisorTest, TheDumpOfManyChannelsIsShort) {
  for (int n = 0; n < 600; ++n) ipi(one.vcpu());
  fake::clear_log();
  one->events().dump();
  EXPECT_EQ(fake::log_lines().size(), 2u + 512 + 1);
  EXPECT_NE(fake::log_lines().back().find("88 more"), std::string::npos);
}

TEST_F(HypervisorTest, ItsOwnChannels) {
  notified = {};
  EventTable& table = one->events();
  Port port = *table.alloc_for_hypervisor(VcpuId{1}, DomainId{0}, note);
  EXPECT_EQ(table.alloc_for_hypervisor(VcpuId{9}, DomainId{0}, note).error(), XEN_ENOENT);
  table.send_for_hypervisor(port);
  u32 emulator = bound_to(control.vcpu(), 1, port.raw());
  EXPECT_TRUE(take_pending(*control, emulator));
  table.send_for_hypervisor(port);
  EXPECT_TRUE(take_pending(*control, emulator));
  EXPECT_EQ(send(control.vcpu(), emulator), 0);
  EXPECT_EQ(notified.count, 1);
  EXPECT_EQ(notified.vcpu, &one.vcpu(1));
  EXPECT_EQ(notified.port, port.raw());
  EXPECT_EQ(send(one.vcpu(), port.raw()), -XEN_EINVAL);
  EXPECT_EQ(close(one.vcpu(), port.raw()), -XEN_EINVAL);
  evtchn_status_t request{};
  request.dom = DOMID_SELF;
  request.port = port.raw();
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_status, request), -XEN_EACCES);
  evtchn_bind_vcpu_t move{port.raw(), 0};
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_bind_vcpu, move), -XEN_EINVAL);
  evtchn_reset_t reset{DOMID_SELF};
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_reset, reset), 0) << "the hypervisor's channel stays";
  EXPECT_EQ(send(control.vcpu(), emulator), 0);
  EXPECT_EQ(notified.count, 2);
  table.close_for_hypervisor(port);
  table.close_for_hypervisor(port);
  EXPECT_EQ(status(control.vcpu(), emulator).status, u32{EVTCHNSTAT_unbound});
}

TEST_F(HypervisorTest, GlobalVirqsGoToTheirHandler) {
  evtchn_bind_virq_t request{VIRQ_DOM_EXC, 0, 0};
  EXPECT_EQ(event_call(control.vcpu(), EVTCHNOP_bind_virq, request), 0);
  u32 of_control = request.port;
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_bind_virq, request), 0);
  send_global_virq(VIRQ_DOM_EXC);
  EXPECT_TRUE(take_pending(*control, of_control));
  EXPECT_EQ(set_global_virq_handler(*one, VIRQ_TIMER).error(), XEN_EINVAL);
  EXPECT_EQ(set_global_virq_handler(*one, NR_VIRQS).error(), XEN_EINVAL);
  EXPECT_TRUE(set_global_virq_handler(*one, VIRQ_DOM_EXC));
  send_global_virq(VIRQ_DOM_EXC);
  EXPECT_FALSE(take_pending(*control, of_control));
  EXPECT_TRUE(take_pending(*one, request.port));
  while (one->destroy_step()) {
  }
  EXPECT_EQ(set_global_virq_handler(*one, VIRQ_CONSOLE).error(), XEN_EINVAL);
  take_pending(*control, of_control);
  send_global_virq(VIRQ_DOM_EXC);
  EXPECT_TRUE(take_pending(*control, of_control));
  send_global_virq(NR_VIRQS);
}

TEST_F(HypervisorTest, PollingEndsWithTheEvent) {
  Vcpu& poller = one.vcpu(1);
  evtchn_port_t ports[] = {ipi(one.vcpu()), ipi(one.vcpu())};
  u32 other = ipi(one.vcpu());
  auto began = begin_poll(poller, std::span{ports, 1});
  ASSERT_TRUE(began && *began);
  send(one.vcpu(), other);
  send(one.vcpu(), ports[1]);
  EXPECT_TRUE(poller.stops() & Vcpu::polling);
  send(one.vcpu(), ports[0]);
  EXPECT_FALSE(poller.stops() & Vcpu::polling);
  began = begin_poll(poller, ports);
  EXPECT_TRUE(began && !*began) << "pending already";
  EXPECT_FALSE(poller.stops() & Vcpu::polling);
  take_pending(*one, ports[0]), take_pending(*one, ports[1]);
  began = begin_poll(poller, ports);
  EXPECT_TRUE(began && *began);
  send(one.vcpu(), ports[1]);
  EXPECT_FALSE(poller.stops() & Vcpu::polling);
  evtchn_port_t bad[] = {ports[0], 4096};
  EXPECT_EQ(begin_poll(poller, bad).error(), XEN_EINVAL);
  began = begin_poll(poller, {});
  EXPECT_TRUE(began && *began);
  EXPECT_TRUE(end_poll(poller));
  EXPECT_FALSE(end_poll(poller));
}

TEST_F(HypervisorTest, PollingEndsWithAnUpcallForAnotherEvent) {
  evtchn_port_t ports[] = {ipi(one.vcpu())};
  u32 other = ipi(one.vcpu(), 1);
  auto began = begin_poll(one.vcpu(1), ports);
  ASSERT_TRUE(began && *began);
  send(one.vcpu(), other);
  EXPECT_FALSE(one.vcpu(1).stops() & Vcpu::polling);
}

TEST_F(HypervisorTest, DumpNamesThePorts) {
  unbound_for(one.vcpu(), 2);
  bound_to(two.vcpu(), 1, 1);
  ipi(one.vcpu());
  fake::clear_log();
  dump_event_channels();
  auto& lines = fake::log_lines();
  auto has = [&](std::string_view text) {
    return std::any_of(lines.begin(), lines.end(), [&](auto& line) { return line.find(text) != std::string::npos; });
  };
  EXPECT_TRUE(has("Event channel information for domain 1"));
  EXPECT_TRUE(has("s=interdomain n=0 x=0 d=2 p=1"));
  EXPECT_TRUE(has("s=ipi"));
}

TEST_F(HypervisorTest, TeardownFreesPeersInBoundedSteps) {
  std::vector<u32> there;
  for (int n = 0; n < 200; ++n) {
    there.push_back(unbound_for(two.vcpu(), 1));
    bound_to(one.vcpu(), 2, there.back());
    take_pending(*two, there.back());
  }
  u32 closed = unbound_for(two.vcpu(), 1);
  EXPECT_EQ(close(one.vcpu(), bound_to(one.vcpu(), 2, closed)), 0);
  ASSERT_TRUE(one->events().alloc_for_hypervisor(VcpuId{0}, DomainId{0}, note));
  int steps = 0;
  while (one->events().teardown_step()) ++steps;
  EXPECT_GE(steps, 3);
  for (u32 port : there) {
    EXPECT_EQ(status(two.vcpu(), port).status, u32{EVTCHNSTAT_unbound});
    EXPECT_TRUE(take_pending(*two, port));
  }
  EXPECT_FALSE(take_pending(*two, closed));
  evtchn_bind_ipi_t request{0, 0};
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_bind_ipi, request), -XEN_EINVAL);
}

// Every allocation of an operation fails in turn; afterwards the same operation succeeds.
template <class Operation>
void fail_each(Operation&& operation) {
  for (int countdown = 0;; ++countdown) {
    size_t before = fake::heap_in_use();
    fake::fail_allocation(countdown);
    i64 result = operation();
    fake::fail_allocation(-1);
    if (result == 0) return;
    EXPECT_EQ(result, -XEN_ENOMEM);
    // A group of buckets may stay for the next attempt.
    EXPECT_LE(fake::heap_in_use(), before + 512);
    ASSERT_LT(countdown, 20);
  }
}

TEST_F(HypervisorTest, FailingAllocationsLeakNothing) {
  one.populate(Gfn{100});
  auto frame = one->frame(Gfn{100});
  u32 references = frame->frame.entry().count();
  for (int n = 0; n < 63; ++n) ipi(one.vcpu());
  fail_each([&] {
    evtchn_bind_ipi_t request{0, 0};
    return event_call(one.vcpu(), EVTCHNOP_bind_ipi, request);
  });
  size_t before = fake::heap_in_use();
  fail_each([&] {
    evtchn_init_control_t request{100, 0, 0, 0, {}};
    i64 result = event_call(one.vcpu(), EVTCHNOP_init_control, request);
    EXPECT_EQ(frame->frame.entry().count(), references + (result == 0));
    return result;
  });
  fail_each([&] {
    evtchn_expand_array_t request{100};
    return event_call(one.vcpu(), EVTCHNOP_expand_array, request);
  });
  evtchn_reset_t reset{DOMID_SELF};
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_reset, reset), 0);
  EXPECT_EQ(fake::heap_in_use(), before);
  EXPECT_EQ(frame->frame.entry().count(), references);
}

}  // namespace
}  // namespace xenolith
