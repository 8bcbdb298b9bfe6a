// SPDX-License-Identifier: MIT
#include "core/control/platform_op.hpp"

#include "core/control/test_caller.hpp"

namespace xenolith {
namespace {

class PlatformOp : public test::ControlTest {
 protected:
  xen_platform_op op_of(u32 command) {
    xen_platform_op op{};
    op.cmd = command;
    op.interface_version = XENPF_INTERFACE_VERSION;
    return op;
  }
  i64 perform(xen_platform_op& op) { return call(__HYPERVISOR_platform_op, &op); }
};

TEST_F(PlatformOp, WhoMayCall) {
  xen_platform_op op = op_of(XENPF_get_cpuinfo);
  EXPECT_EQ(guest_call(__HYPERVISOR_platform_op, &op), -XEN_EPERM);
  op.interface_version = 0;
  EXPECT_EQ(perform(op), -XEN_EACCES);
  op = op_of(999);
  EXPECT_EQ(perform(op), -XEN_ENOSYS);
  EXPECT_EQ(call(__HYPERVISOR_platform_op, nullptr), -XEN_EFAULT);
}

TEST_F(PlatformOp, Cpus) {
  xen_platform_op op = op_of(XENPF_get_cpuinfo);
  EXPECT_EQ(perform(op), 0);
  EXPECT_EQ(op.u.pcpu_info.flags, u32{XEN_PCPU_FLAGS_ONLINE});
  EXPECT_EQ(op.u.pcpu_info.max_present, 0u);
  op.u.pcpu_info.xen_cpuid = 5;
  EXPECT_EQ(perform(op), 0);
  EXPECT_EQ(op.u.pcpu_info.flags, u32{XEN_PCPU_FLAGS_INVALID});
  op = op_of(XENPF_get_cpu_version);
  EXPECT_EQ(perform(op), 0);
  EXPECT_EQ(op.u.pcpu_version.vendor_id[0], 'F');
  op = op_of(XENPF_cpu_online);
  EXPECT_EQ(perform(op), 0);
  op.u.cpu_ol.cpuid = 9;
  EXPECT_EQ(perform(op), -XEN_EINVAL);
  op = op_of(XENPF_cpu_offline);
  EXPECT_EQ(perform(op), -XEN_EOPNOTSUPP);
}

TEST_F(PlatformOp, IdleTimes) {
  u8 map = 0xff;
  u64 times[8];
  std::fill(std::begin(times), std::end(times), 99);
  xen_platform_op op = op_of(XENPF_getidletime);
  op.u.getidletime.cpumap_bitmap.p = &map;
  op.u.getidletime.cpumap_nr_cpus = 8;
  op.u.getidletime.idletime.p = times;
  EXPECT_EQ(perform(op), 0);
  EXPECT_EQ(map, 1);
  EXPECT_EQ(times[7], 0u);
  op.u.getidletime.idletime.p = nullptr;
  EXPECT_EQ(perform(op), -XEN_EFAULT);
}

TEST_F(PlatformOp, SleepTimeAndFirmware) {
  xen_platform_op op = op_of(XENPF_enter_acpi_sleep);
  op.u.enter_acpi_sleep.sleep_state = 5;
  EXPECT_EQ(perform(op), 0);
  EXPECT_EQ(fake::control_record().sleep_state, 5u);
  op.u.enter_acpi_sleep.flags = 8;
  EXPECT_EQ(perform(op), -XEN_EINVAL);
  op = op_of(XENPF_settime64);
  op.u.settime64.mbz = 1;
  EXPECT_EQ(perform(op), -XEN_EINVAL);
  op.u.settime64 = {.secs = 1'700'000'000, .nsecs = 5, .mbz = 0, .system_time = 0};
  EXPECT_EQ(perform(op), 0);
  op = op_of(XENPF_firmware_info);
  op.u.firmware_info.type = XEN_FW_DISK_INFO;
  EXPECT_EQ(perform(op), -XEN_ESRCH);
  op.u.firmware_info.type = 77;
  EXPECT_EQ(perform(op), -XEN_EINVAL);
  op = op_of(XENPF_set_processor_pminfo);
  op.u.set_pminfo.type = XEN_PM_CX;
  EXPECT_EQ(perform(op), 0);
  op.u.set_pminfo.type = XEN_PM_TX;
  EXPECT_EQ(perform(op), -XEN_ENOSYS);
}

TEST_F(PlatformOp, PhysicalDevices) {
  physdev_dbgp_op_t debug_port{};
  debug_port.op = PHYSDEVOP_DBGP_RESET_DONE;
  EXPECT_EQ(call(__HYPERVISOR_physdev_op, PHYSDEVOP_dbgp_op, &debug_port), 0);
  EXPECT_EQ(guest_call(__HYPERVISOR_physdev_op, PHYSDEVOP_dbgp_op, &debug_port), -XEN_EPERM);
  debug_port.op = 9;
  EXPECT_EQ(call(__HYPERVISOR_physdev_op, PHYSDEVOP_dbgp_op, &debug_port), -XEN_ENOSYS);
  EXPECT_EQ(call(__HYPERVISOR_physdev_op, PHYSDEVOP_eoi, nullptr), -XEN_ENOSYS);
}

}  // namespace
}  // namespace xenolith
