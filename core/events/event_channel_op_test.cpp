// SPDX-License-Identifier: MIT
#include "core/events/event_test.hpp"

namespace xenolith {
namespace {

using OperationTest = EventTest;

TEST_F(OperationTest, PortsStartAtOneAndTheLowestFreeIsTaken) {
  EXPECT_EQ(ipi(one.vcpu()), 1u);
  EXPECT_EQ(ipi(one.vcpu()), 2u);
  EXPECT_EQ(ipi(one.vcpu()), 3u);
  EXPECT_EQ(close(one.vcpu(), 2), 0);
  EXPECT_EQ(ipi(one.vcpu()), 2u);
  EXPECT_EQ(ipi(one.vcpu()), 4u);
}

TEST_F(OperationTest, UnknownOperationsAndBadPointersFail) {
  evtchn_send_t request{1};
  EXPECT_EQ(event_call(one.vcpu(), 99, request), -XEN_ENOSYS);
  for (u32 operation = 0; operation <= EVTCHNOP_set_priority; ++operation)
    EXPECT_EQ(event_channel_op(one.vcpu(), {{operation, 0x1000}}).value(), -XEN_EFAULT) << operation;
}

TEST_F(OperationTest, AllocUnbound) {
  evtchn_alloc_unbound_t request{DOMID_SELF, 2, 0};
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_alloc_unbound, request), 0);
  evtchn_status_t now = status(one.vcpu(), request.port);
  EXPECT_EQ(now.status, u32{EVTCHNSTAT_unbound});
  EXPECT_EQ(now.u.unbound.dom, 2);
  request = {2, 1, 0};
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_alloc_unbound, request), -XEN_EPERM);
  EXPECT_EQ(event_call(control.vcpu(), EVTCHNOP_alloc_unbound, request), 0);
  EXPECT_EQ(status(two.vcpu(), request.port).u.unbound.dom, 1);
  request = {77, 1, 0};
  EXPECT_EQ(event_call(control.vcpu(), EVTCHNOP_alloc_unbound, request), -XEN_ESRCH);
  request = {2, DOMID_SELF, 0};
  EXPECT_EQ(event_call(control.vcpu(), EVTCHNOP_alloc_unbound, request), 0);
  EXPECT_EQ(status(two.vcpu(), request.port).u.unbound.dom, 0);
}

TEST_F(OperationTest, BindInterdomainConnectsAndSetsPending) {
  u32 there = unbound_for(two.vcpu(), 1);
  u32 here = bound_to(one.vcpu(), 2, there);
  EXPECT_TRUE(take_pending(*one, here));
  EXPECT_TRUE(one.vcpu().upcall_pending());
  EXPECT_FALSE(take_pending(*two, there));
  EXPECT_EQ(status(two.vcpu(), there).u.interdomain.dom, 1);
  EXPECT_EQ(status(two.vcpu(), there).u.interdomain.port, here);
  EXPECT_EQ(send(one.vcpu(), here), 0);
  EXPECT_TRUE(take_pending(*two, there));
  EXPECT_EQ(send(two.vcpu(), there), 0);
  EXPECT_TRUE(take_pending(*one, here));
}

TEST_F(OperationTest, BindInterdomainRefusesWhatDoesNotWaitForTheCaller) {
  u32 for_control = unbound_for(two.vcpu(), 0);
  u32 port_of_ipi = ipi(two.vcpu());
  for (u32 port : {for_control, port_of_ipi, 0u, 63u, 64u, ~0u}) {
    evtchn_bind_interdomain_t request{2, port, 0};
    EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_bind_interdomain, request), -XEN_EINVAL) << port;
  }
  evtchn_bind_interdomain_t request{77, for_control, 0};
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_bind_interdomain, request), -XEN_ESRCH);
  EXPECT_EQ(ipi(one.vcpu()), 1u) << "a refused binding keeps no port";
}

TEST_F(OperationTest, ADomainCanBindToItself) {
  u32 first = unbound_for(one.vcpu(), DOMID_SELF);
  u32 second = bound_to(one.vcpu(), DOMID_SELF, first);
  take_pending(*one, second);
  EXPECT_EQ(send(one.vcpu(), second), 0);
  EXPECT_TRUE(take_pending(*one, first));
  EXPECT_EQ(close(one.vcpu(), first), 0);
  EXPECT_EQ(status(one.vcpu(), second).status, u32{EVTCHNSTAT_unbound});
}

TEST_F(OperationTest, BindVirq) {
  auto bind = [&](u32 virq, u32 vcpu) {
    evtchn_bind_virq_t request{virq, vcpu, 0};
    i64 result = event_call(one.vcpu(), EVTCHNOP_bind_virq, request);
    return result ? result : i64{request.port};
  };
  EXPECT_EQ(bind(VIRQ_TIMER, 0), 1);
  EXPECT_EQ(bind(VIRQ_TIMER, 1), 2);
  EXPECT_EQ(bind(VIRQ_TIMER, 1), -XEN_EEXIST);
  EXPECT_EQ(bind(VIRQ_CONSOLE, 1), -XEN_EINVAL);
  EXPECT_EQ(bind(VIRQ_CONSOLE, 0), 3);
  EXPECT_EQ(bind(NR_VIRQS, 0), -XEN_EINVAL);
  EXPECT_EQ(bind(~0u, 0), -XEN_EINVAL);
  EXPECT_EQ(bind(VIRQ_DEBUG, 2), -XEN_ENOENT);
  EXPECT_EQ(close(one.vcpu(), 2), 0);
  EXPECT_EQ(bind(VIRQ_TIMER, 1), 2);
  EXPECT_EQ(status(one.vcpu(), 2).u.virq, u32{VIRQ_TIMER});
  EXPECT_EQ(status(one.vcpu(), 2).vcpu, 1u);
  EXPECT_EQ(send(one.vcpu(), 2), -XEN_EINVAL);
}

TEST_F(OperationTest, BindIpi) {
  evtchn_bind_ipi_t request{2, 0};
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_bind_ipi, request), -XEN_ENOENT);
  u32 port = ipi(one.vcpu(), 1);
  EXPECT_EQ(send(one.vcpu(), port), 0);
  EXPECT_TRUE(take_pending(*one, port));
  EXPECT_TRUE(one.vcpu(1).upcall_pending());
  EXPECT_FALSE(one.vcpu(0).upcall_pending());
}

class Pirqs final : public PirqSource {
 public:
  u32 count() const override { return 20; }
  Result<void> bind(u32 pirq, bool) override {
    if (pirq == 13) return Failure{XEN_EPERM};
    ++bound;
    return {};
  }
  void unbind(u32) override { --bound; }
  void set_affinity(u32, Vcpu& vcpu) override { affinity = vcpu.id().raw(); }
  int bound = 0;
  u32 affinity = 0;
};

TEST_F(OperationTest, BindPirq) {
  Pirqs pirqs;
  auto bind = [&](u32 pirq) {
    evtchn_bind_pirq_t request{pirq, 0, 0};
    i64 result = event_call(one.vcpu(), EVTCHNOP_bind_pirq, request);
    return result ? result : i64{request.port};
  };
  EXPECT_EQ(bind(9), -XEN_EINVAL);
  one->events().set_pirq_source(&pirqs);
  EXPECT_EQ(bind(20), -XEN_EINVAL);
  EXPECT_EQ(bind(13), -XEN_EPERM);
  EXPECT_EQ(bind(9), 1);
  EXPECT_EQ(bind(9), -XEN_EEXIST);
  EXPECT_EQ(status(one.vcpu(), 1).u.pirq, 9u);
  EXPECT_TRUE(one->events().notify_pirq(9));
  EXPECT_TRUE(take_pending(*one, 1));
  EXPECT_FALSE(one->events().notify_pirq(10));
  EXPECT_FALSE(one->events().notify_pirq(~0u));
  evtchn_bind_vcpu_t move{1, 1};
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_bind_vcpu, move), 0);
  EXPECT_EQ(pirqs.affinity, 1u);
  EXPECT_EQ(close(one.vcpu(), 1), 0);
  EXPECT_EQ(pirqs.bound, 0);
  EXPECT_FALSE(one->events().notify_pirq(9));
}

TEST_F(OperationTest, CloseMakesThePeerWaitAgainAndForgetsTheEvent) {
  u32 there = unbound_for(two.vcpu(), 1);
  u32 here = bound_to(one.vcpu(), 2, there);
  EXPECT_EQ(close(one.vcpu(), here), 0);
  EXPECT_FALSE(take_pending(*one, here)) << "pending from the binding";
  EXPECT_EQ(status(two.vcpu(), there).status, u32{EVTCHNSTAT_unbound});
  EXPECT_EQ(status(two.vcpu(), there).u.unbound.dom, 1);
  EXPECT_EQ(send(two.vcpu(), there), 0) << "sending to nobody is silent";
  EXPECT_EQ(send(one.vcpu(), here), -XEN_EINVAL);
  EXPECT_EQ(close(one.vcpu(), here), -XEN_EINVAL);
  EXPECT_EQ(close(one.vcpu(), 0), -XEN_EINVAL);
  EXPECT_EQ(close(one.vcpu(), 4096), -XEN_EINVAL);
  EXPECT_EQ(send(one.vcpu(), ~0u), -XEN_EINVAL);
  EXPECT_EQ(bound_to(one.vcpu(), 2, there), here);
}

TEST_F(OperationTest, Status) {
  EXPECT_EQ(status(one.vcpu(), 0).status, u32{EVTCHNSTAT_closed});
  EXPECT_EQ(status(one.vcpu(), 63).status, u32{EVTCHNSTAT_closed});
  evtchn_status_t request{};
  request.dom = DOMID_SELF;
  request.port = 64;
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_status, request), -XEN_EINVAL);
  request.dom = 2;
  request.port = 0;
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_status, request), -XEN_EPERM);
  EXPECT_EQ(event_call(control.vcpu(), EVTCHNOP_status, request), 0);
  request.dom = 77;
  EXPECT_EQ(event_call(control.vcpu(), EVTCHNOP_status, request), -XEN_ESRCH);
}

TEST_F(OperationTest, BindVcpu) {
  u32 unbound = unbound_for(one.vcpu(), 2);
  u32 of_vcpu = ipi(one.vcpu());
  evtchn_bind_virq_t timer{VIRQ_TIMER, 0, 0}, console{VIRQ_CONSOLE, 0, 0};
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_bind_virq, timer), 0);
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_bind_virq, console), 0);
  auto move = [&](u32 port, u32 vcpu) {
    evtchn_bind_vcpu_t request{port, vcpu};
    return event_call(one.vcpu(), EVTCHNOP_bind_vcpu, request);
  };
  EXPECT_EQ(move(unbound, 1), 0);
  EXPECT_EQ(status(one.vcpu(), unbound).vcpu, 1u);
  EXPECT_EQ(move(unbound, 2), -XEN_ENOENT);
  EXPECT_EQ(move(of_vcpu, 1), -XEN_EINVAL);
  EXPECT_EQ(move(timer.port, 1), -XEN_EINVAL);
  EXPECT_EQ(move(console.port, 1), 0);
  EXPECT_EQ(move(0, 1), -XEN_EINVAL);
  EXPECT_EQ(move(5000, 1), -XEN_EINVAL);
  send_virq(*one, VIRQ_CONSOLE);
  EXPECT_TRUE(one.vcpu(1).upcall_pending());
  EXPECT_FALSE(one.vcpu(0).upcall_pending());
  EXPECT_EQ(close(one.vcpu(), console.port), 0);
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_bind_virq, console), 0) << "a moved VIRQ is forgotten where it was bound";
}

TEST_F(OperationTest, MaskedEventsComeWithUnmask) {
  u32 port = ipi(one.vcpu());
  __atomic_store_n(&one->shared_info().evtchn_mask[0], ~xen_ulong_t{0}, __ATOMIC_SEQ_CST);
  EXPECT_EQ(send(one.vcpu(), port), 0);
  EXPECT_FALSE(one.vcpu().upcall_pending());
  evtchn_unmask_t request{port};
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_unmask, request), 0);
  EXPECT_TRUE(one.vcpu().upcall_pending());
  EXPECT_EQ(one.vcpu().info().evtchn_pending_sel, xen_ulong_t{1});
  request.port = 64;
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_unmask, request), -XEN_EINVAL);
}

TEST_F(OperationTest, LimitsOfTheTwoLevelLayouts) {
  for (u32 port = 1; port < 4096; ++port) ASSERT_EQ(ipi(one.vcpu()), port);
  evtchn_bind_ipi_t request{0, 0};
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_bind_ipi, request), -XEN_ENOSPC);
  two->events().set_word_size(GuestWordSize::bits32);
  for (u32 port = 1; port < 1024; ++port) ASSERT_EQ(ipi(two.vcpu()), port);
  EXPECT_EQ(event_call(two.vcpu(), EVTCHNOP_bind_ipi, request), -XEN_ENOSPC);
  EXPECT_EQ(send(two.vcpu(), 1023), 0);
  auto* words = reinterpret_cast<u32*>(&two->shared_info());
  EXPECT_EQ(words[2048 / 4 + 31], 1u << 31);
  EXPECT_EQ(reinterpret_cast<u32*>(&two.vcpu().info())[1], 1u << 31);
}

TEST_F(OperationTest, TheToolstacksLimitIsTheHighestPort) {
  one->events().set_limit(3);
  ipi(one.vcpu()), ipi(one.vcpu()), ipi(one.vcpu());
  evtchn_bind_ipi_t request{0, 0};
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_bind_ipi, request), -XEN_ENOSPC);
}

TEST_F(OperationTest, Reset) {
  u32 there = unbound_for(two.vcpu(), 1);
  bound_to(one.vcpu(), 2, there);
  for (int n = 0; n < 300; ++n) ipi(one.vcpu());
  evtchn_reset_t request{1};
  EXPECT_EQ(event_call(two.vcpu(), EVTCHNOP_reset, request), -XEN_EPERM);
  EXPECT_EQ(event_call(control.vcpu(), EVTCHNOP_reset, request), -XEN_EINVAL) << "not paused";
  EXPECT_EQ(event_call(one.vcpu(), 14, request), -XEN_EBUSY) << "nothing to go on with";
  using Reset = EventTable::Reset;
  auto step = one->events().reset_step(Reset::start);
  ASSERT_TRUE(step && !*step);
  EXPECT_EQ(one->events().reset_step(Reset::start).error(), XEN_EBUSY);
  EXPECT_EQ(event_call(one.vcpu(), 14, request), 0);
  EXPECT_EQ(status(two.vcpu(), there).status, u32{EVTCHNSTAT_unbound});
  for (u32 port = 1; port <= 301; ++port) EXPECT_EQ(status(one.vcpu(), port).status, u32{EVTCHNSTAT_closed});
  ipi(one.vcpu());
  ASSERT_TRUE(one->pause_by_control());
  EXPECT_EQ(event_call(control.vcpu(), EVTCHNOP_reset, request), 0);
  EXPECT_EQ(status(one.vcpu(), 1).status, u32{EVTCHNSTAT_closed});
  ASSERT_TRUE(one->unpause_by_control());
}

TEST_F(OperationTest, ResetMeetsChannelsMadeBehindIt) {
  for (int n = 0; n < 300; ++n) ipi(one.vcpu());
  auto step = one->events().reset_step(EventTable::Reset::start);
  ASSERT_TRUE(step && !*step);
  ipi(one.vcpu());
  evtchn_reset_t request{DOMID_SELF};
  EXPECT_EQ(event_call(one.vcpu(), 14, request), -XEN_EAGAIN);
  EXPECT_EQ(event_call(one.vcpu(), EVTCHNOP_reset, request), 0);
}

TEST_F(OperationTest, CompatibleCall) {
  evtchn_op_t request{};
  request.cmd = EVTCHNOP_bind_ipi;
  fake::GuestRange range{&request, sizeof(request)};
  HypercallArguments arguments{{reinterpret_cast<u64>(&request)}};
  EXPECT_EQ(event_channel_op_compat(one.vcpu(), arguments).value(), 0);
  EXPECT_EQ(request.u.bind_ipi.port, 1u);
  request.cmd = EVTCHNOP_reset;
  EXPECT_EQ(event_channel_op_compat(one.vcpu(), arguments).value(), -XEN_ENOSYS);
  EXPECT_EQ(event_channel_op_compat(one.vcpu(), {{0x1000}}).value(), -XEN_EFAULT);
}

}  // namespace
}  // namespace xenolith
