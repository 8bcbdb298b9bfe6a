// SPDX-License-Identifier: MIT
#include "core/control/sched_op.hpp"

#include "core/control/test_caller.hpp"
#include "core/events/event_table.hpp"
#include "core/run/dispatcher.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith {
namespace {

class SchedOp : public test::ControlTest {
 protected:
  template <class T>
  i64 ask(u32 command, T* argument) {
    return guest_call(__HYPERVISOR_sched_op, command, argument);
  }
  i64 ask(u32 command) { return guest_call(__HYPERVISOR_sched_op, command, nullptr); }
  bool stopped(Vcpu::Stop reason) { return (guest.vcpu().stops() & reason) != 0; }
};

TEST_F(SchedOp, BlockWaitsUnlessThereIsAnEvent) {
  guest.vcpu().info().evtchn_upcall_mask = 1;
  EXPECT_EQ(ask(SCHEDOP_block), 0);
  EXPECT_TRUE(stopped(Vcpu::blocked));
  EXPECT_EQ(guest.vcpu().info().evtchn_upcall_mask, 0);
  guest.vcpu().raise_upcall();
  EXPECT_FALSE(stopped(Vcpu::blocked));
  EXPECT_EQ(ask(SCHEDOP_block), 0);
  EXPECT_FALSE(stopped(Vcpu::blocked));
  guest.vcpu().info().evtchn_upcall_pending = 0;
  fake::control_record().interrupt_is_deliverable = true;
  EXPECT_EQ(ask(SCHEDOP_block), 0);
  EXPECT_FALSE(stopped(Vcpu::blocked));
}

TEST_F(SchedOp, ShutdownKeepsALatchedCode) {
  sched_shutdown_t request{SHUTDOWN_reboot};
  EXPECT_EQ(ask(SCHEDOP_shutdown_code, &request), 0);
  EXPECT_FALSE(guest->is_shut_down());
  request.reason = SHUTDOWN_poweroff;
  EXPECT_EQ(ask(SCHEDOP_shutdown, &request), 0);
  EXPECT_TRUE(guest->is_shut_down());
  EXPECT_EQ(guest->shutdown_code(), SHUTDOWN_reboot);
  guest->resume_from_shutdown();
  EXPECT_EQ(guest_call(__HYPERVISOR_sched_op_compat, SCHEDOP_shutdown, SHUTDOWN_crash), 0);
  EXPECT_EQ(guest->shutdown_code(), SHUTDOWN_crash);
}

TEST_F(SchedOp, RemoteShutdownNeedsPower) {
  sched_remote_shutdown_t request{.domain_id = 0, .reason = SHUTDOWN_crash};
  EXPECT_EQ(ask(SCHEDOP_remote_shutdown, &request), -XEN_EPERM);
  request.domain_id = 55;
  EXPECT_EQ(call(__HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, &request), -XEN_ESRCH);
  request.domain_id = 7;
  EXPECT_EQ(call(__HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, &request), 0);
  EXPECT_EQ(guest->shutdown_code(), SHUTDOWN_crash);
}

TEST_F(SchedOp, PollEndsWithEventOrTime) {
  evtchn_port_t port = guest->events().bind_virq(VIRQ_TIMER, VcpuId{0}).take().raw();
  sched_poll_t request{};
  request.ports.p = &port;
  request.nr_ports = 1;
  request.timeout = 1000;
  EXPECT_EQ(ask(SCHEDOP_poll, &request), 0);
  EXPECT_TRUE(stopped(Vcpu::polling));
  EXPECT_EQ(guest.vcpu().run().poll_timer().deadline(), SystemTime{1000});
  EXPECT_TRUE(guest->events().notify(Port{port}, ChannelState::virq, VIRQ_TIMER));
  EXPECT_FALSE(stopped(Vcpu::polling));
  EXPECT_EQ(ask(SCHEDOP_poll, &request), 0);  // it is pending already
  EXPECT_FALSE(stopped(Vcpu::polling));

  request.nr_ports = 129;
  EXPECT_EQ(ask(SCHEDOP_poll, &request), -XEN_EINVAL);
  request.nr_ports = 1;
  port = 4000;
  EXPECT_EQ(ask(SCHEDOP_poll, &request), -XEN_EINVAL);
  request.ports.p = nullptr;
  EXPECT_EQ(ask(SCHEDOP_poll, &request), -XEN_EFAULT);
}

TEST_F(SchedOp, WatchdogIsSetAndEnded) {
  sched_watchdog_t request{.id = 0, .timeout = 0};
  EXPECT_EQ(ask(SCHEDOP_watchdog, &request), -XEN_EINVAL);
  request.timeout = 5;
  EXPECT_EQ(ask(SCHEDOP_watchdog, &request), 1);
  EXPECT_EQ(ask(SCHEDOP_watchdog, &request), 2);
  EXPECT_EQ(ask(SCHEDOP_watchdog, &request), -XEN_ENOSPC);
  request = {.id = 1, .timeout = 0};
  EXPECT_EQ(ask(SCHEDOP_watchdog, &request), 0);
  EXPECT_EQ(ask(SCHEDOP_watchdog, &request), -XEN_EINVAL);
  request.id = 3;
  EXPECT_EQ(ask(SCHEDOP_watchdog, &request), -XEN_EINVAL);
  fake::set_time(SystemTime{} + seconds(6));
  run_due_timers();
  EXPECT_TRUE(guest->is_shut_down());
  EXPECT_EQ(guest->shutdown_code(), SHUTDOWN_watchdog);
  fake::set_time(SystemTime{});
}

TEST_F(SchedOp, PinOverrideIsForTheHardwareDomain) {
  sched_pin_override_t request{.pcpu = 0};
  EXPECT_EQ(ask(SCHEDOP_pin_override, &request), -XEN_EPERM);
  auto as_dom0 = [&](i32 cpu) {
    request.pcpu = cpu;
    return call(__HYPERVISOR_sched_op, SCHEDOP_pin_override, &request);
  };
  EXPECT_EQ(as_dom0(-1), -XEN_EINVAL);
  EXPECT_EQ(as_dom0(77), -XEN_EINVAL);
  EXPECT_EQ(as_dom0(0), 0);
  EXPECT_EQ(dom0.vcpu().run().hard_affinity(), CpuSet::of(CpuId{0}));
  EXPECT_EQ(as_dom0(0), 0);
  EXPECT_EQ(as_dom0(-1), 0);
  EXPECT_EQ(dom0.vcpu().run().hard_affinity(), CpuSet::all());
}

TEST_F(SchedOp, UnknownOperations) {
  EXPECT_EQ(ask(SCHEDOP_yield), 0);
  EXPECT_EQ(ask(8), -XEN_ENOSYS);
  EXPECT_EQ(guest_call(__HYPERVISOR_sched_op_compat, SCHEDOP_poll, 0), -XEN_ENOSYS);
  EXPECT_EQ(ask(SCHEDOP_shutdown), -XEN_EFAULT);
}

}  // namespace
}  // namespace xenolith
