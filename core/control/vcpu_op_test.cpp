// SPDX-License-Identifier: MIT
#include "core/control/vcpu_op.hpp"

#include "core/control/test_caller.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith {
namespace {

class VcpuOp : public test::ControlTest {
 protected:
  template <class T>
  i64 ask(u32 command, u32 vcpu, T* argument) {
    return guest_call(__HYPERVISOR_vcpu_op, command, vcpu, argument);
  }
  i64 ask(u32 command, u32 vcpu) { return guest_call(__HYPERVISOR_vcpu_op, command, vcpu, nullptr); }
};

TEST_F(VcpuOp, UpAndDown) {
  EXPECT_EQ(ask(VCPUOP_is_up, 1), 1);
  EXPECT_EQ(ask(VCPUOP_down, 1), 0);
  EXPECT_EQ(ask(VCPUOP_is_up, 1), 0);
  EXPECT_EQ(ask(VCPUOP_up, 1), 0);
  EXPECT_EQ(ask(VCPUOP_is_up, 1), 1);
  EXPECT_EQ(ask(VCPUOP_is_up, 2), -XEN_ENOENT);
  EXPECT_EQ(ask(VCPUOP_initialise, 1), -XEN_EEXIST);
  EXPECT_EQ(ask(77, 0), -XEN_ENOSYS);
}

TEST_F(VcpuOp, TheLastOneDownPowersOff) {
  EXPECT_EQ(ask(VCPUOP_down, 1), 0);
  EXPECT_EQ(ask(VCPUOP_down, 0), 0);
  EXPECT_TRUE(guest->is_shut_down());
  EXPECT_EQ(guest->shutdown_code(), SHUTDOWN_poweroff);
}

TEST_F(VcpuOp, SingleShotTimer) {
  fake::set_time(SystemTime{5000});
  vcpu_set_singleshot_timer_t request{.timeout_abs_ns = 4000, .flags = VCPU_SSHOTTMR_future};
  EXPECT_EQ(ask(VCPUOP_set_singleshot_timer, 0, &request), 0);
  EXPECT_TRUE(guest.vcpu().run().singleshot().is_set());
  request.flags = 0;
  EXPECT_EQ(ask(VCPUOP_set_singleshot_timer, 0, &request), 0);
  request = {.timeout_abs_ns = 9000, .flags = VCPU_SSHOTTMR_future};
  EXPECT_EQ(ask(VCPUOP_set_singleshot_timer, 0, &request), 0);
  EXPECT_EQ(guest.vcpu().run().singleshot().deadline(), SystemTime{9000});
  EXPECT_EQ(ask(VCPUOP_set_singleshot_timer, 1, &request), -XEN_EINVAL);
  EXPECT_EQ(ask(VCPUOP_stop_singleshot_timer, 1), -XEN_EINVAL);
  EXPECT_EQ(ask(VCPUOP_stop_singleshot_timer, 0), 0);
  EXPECT_FALSE(guest.vcpu().run().singleshot().is_set());
  EXPECT_EQ(ask(VCPUOP_set_singleshot_timer, 0), -XEN_EFAULT);
  fake::set_time(SystemTime{});
}

TEST_F(VcpuOp, SetTimerOpTamesFarTimes) {
  Timer& timer = guest.vcpu().run().singleshot();
  EXPECT_EQ(guest_call(__HYPERVISOR_set_timer_op, 12345), 0);
  EXPECT_EQ(timer.deadline(), SystemTime{12345});
  EXPECT_EQ(guest_call(__HYPERVISOR_set_timer_op, ~u64{0}), 0);
  EXPECT_EQ(timer.deadline(), SystemTime{} + milliseconds(100));
  EXPECT_EQ(guest_call(__HYPERVISOR_set_timer_op, 0), 0);
  EXPECT_FALSE(timer.is_set());
}

TEST_F(VcpuOp, PeriodicTimerHasBounds) {
  vcpu_set_periodic_timer_t request{999'999};
  EXPECT_EQ(ask(VCPUOP_set_periodic_timer, 0, &request), -XEN_EINVAL);
  request.period_ns = ~u64{0};
  EXPECT_EQ(ask(VCPUOP_set_periodic_timer, 0, &request), -XEN_EINVAL);
  request.period_ns = 10'000'000;
  EXPECT_EQ(ask(VCPUOP_set_periodic_timer, 1, &request), 0);
  EXPECT_EQ(ask(VCPUOP_stop_periodic_timer, 1), 0);
}

TEST_F(VcpuOp, InfoMovesOnce) {
  auto* page = reinterpret_cast<vcpu_info*>(guest.populate(Gfn{3}) + 512);
  guest.vcpu().info().evtchn_upcall_mask = 1;
  vcpu_register_vcpu_info_t request{.mfn = 3, .offset = 4096 - 63, .rsvd = 0};
  EXPECT_EQ(ask(VCPUOP_register_vcpu_info, 0, &request), -XEN_EINVAL);
  request = {.mfn = 4, .offset = 512, .rsvd = 0};
  EXPECT_EQ(ask(VCPUOP_register_vcpu_info, 0, &request), -XEN_EINVAL);
  request.mfn = 3;
  EXPECT_EQ(ask(VCPUOP_register_vcpu_info, 1, &request), -XEN_EINVAL);  // it is up
  EXPECT_EQ(ask(VCPUOP_register_vcpu_info, 0, &request), 0);
  EXPECT_EQ(&guest.vcpu().info(), page);
  EXPECT_EQ(page->evtchn_upcall_mask, 1);
  EXPECT_EQ(ask(VCPUOP_register_vcpu_info, 0, &request), -XEN_EINVAL);
}

TEST_F(VcpuOp, RunstateIsTold) {
  vcpu_runstate_info_t info{};
  EXPECT_EQ(ask(VCPUOP_get_runstate_info, 1, &info), 0);
  EXPECT_EQ(info.state, RUNSTATE_runnable);
  vcpu_register_runstate_memory_area_t area{};
  area.addr.p = 0x10;
  EXPECT_EQ(ask(VCPUOP_register_runstate_memory_area, 0, &area), -XEN_EFAULT);
  std::byte* page = guest.populate(Gfn{5});
  area.addr.p = reinterpret_cast<u64>(page) + 64;
  EXPECT_EQ(ask(VCPUOP_register_runstate_memory_area, 0, &area), 0);
  EXPECT_EQ(reinterpret_cast<vcpu_runstate_info_t*>(page + 64)->state, RUNSTATE_runnable);
  area.addr.p = 0;
  EXPECT_EQ(ask(VCPUOP_register_runstate_memory_area, 0, &area), 0);
}

// Neighbours in the guest's virtual memory are two frames anywhere.
TEST_F(VcpuOp, RunstateMayCrossIntoASecondPage) {
  std::byte* first = guest.populate(Gfn{8});
  std::byte* second = guest.populate(Gfn{6});
  if (second != first + page_size && first != second + page_size) GTEST_SKIP() << "no neighbouring frames";
  std::byte* low = std::min(first, second);
  vcpu_register_runstate_memory_area_t area{};
  area.addr.p = reinterpret_cast<u64>(low) + page_size - 16;
  EXPECT_EQ(ask(VCPUOP_register_runstate_memory_area, 0, &area), 0);
  vcpu_runstate_info_t seen;
  std::memcpy(&seen, low + page_size - 16, sizeof(seen));
  EXPECT_EQ(seen.state, RUNSTATE_runnable);
}

TEST_F(VcpuOp, NmiAndPhysicalId) {
  EXPECT_EQ(ask(VCPUOP_send_nmi, 1), 0);
  EXPECT_EQ(fake::control_record().nmis, 1u);
  u64 id;
  EXPECT_EQ(ask(VCPUOP_send_nmi, 1, &id), -XEN_EINVAL);
  EXPECT_EQ(ask(VCPUOP_get_physid, 0, &id), -XEN_EINVAL);
}

TEST_F(VcpuOp, VmAssist) {
  EXPECT_EQ(guest_call(__HYPERVISOR_vm_assist, VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag), 0);
  EXPECT_EQ(guest->vm_assist, 1u << VMASST_TYPE_runstate_update_flag);
  EXPECT_EQ(guest_call(__HYPERVISOR_vm_assist, VMASST_CMD_disable, VMASST_TYPE_runstate_update_flag), 0);
  EXPECT_EQ(guest->vm_assist, 0u);
  EXPECT_EQ(guest_call(__HYPERVISOR_vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), -XEN_EINVAL);
  EXPECT_EQ(guest_call(__HYPERVISOR_vm_assist, VMASST_CMD_enable, 4000), -XEN_EINVAL);
  EXPECT_EQ(guest_call(__HYPERVISOR_vm_assist, 9, VMASST_TYPE_runstate_update_flag), -XEN_ENOSYS);
}

}  // namespace
}  // namespace xenolith
