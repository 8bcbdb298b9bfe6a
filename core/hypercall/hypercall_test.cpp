// SPDX-License-Identifier: MIT
#include "core/control/test_caller.hpp"

namespace xenolith {
namespace {

using Hypercall = test::ControlTest;

TEST_F(Hypercall, UnknownNumbersAreNotThere) {
  for (u64 number : {u64{__HYPERVISOR_set_trap_table}, u64{__HYPERVISOR_mmuext_op}, u64{__HYPERVISOR_argo_op}, u64{63},
                     u64{1} << 32 | __HYPERVISOR_xen_version, ~u64{0}})
    EXPECT_EQ(call(number, 0, 0), -XEN_ENOSYS) << number;
}

TEST_F(Hypercall, PermissionComesFirst) {
  EXPECT_EQ(guest_call(__HYPERVISOR_platform_op, nullptr), -XEN_EPERM);
  EXPECT_EQ(guest_call(__HYPERVISOR_hypfs_op, XEN_HYPFS_OP_get_version), -XEN_EPERM);
  EXPECT_EQ(call(__HYPERVISOR_hypfs_op, XEN_HYPFS_OP_get_version), 1);
}

TEST_F(Hypercall, RowsHaveDistinctNumbers) {
  for (const HypercallRow& row : hypercall_rows) EXPECT_EQ(find_row(hypercall_rows, row.number), &row) << row.name;
}

TEST_F(Hypercall, EachCallOfAMulticallHasItsResult) {
  multicall_entry_t entries[3]{};
  entries[0] = {.op = __HYPERVISOR_xen_version, .result = 0, .args = {XENVER_version}};
  entries[1] = {.op = __HYPERVISOR_multicall, .result = 0, .args = {}};
  entries[2] = {.op = 99, .result = 0, .args = {}};
  EXPECT_EQ(guest_call(__HYPERVISOR_multicall, entries, 3), 0);
  EXPECT_EQ(entries[0].result, 4u << 16 | 17);
  EXPECT_EQ(entries[1].result, static_cast<u64>(-XEN_EINVAL));
  EXPECT_EQ(entries[2].result, static_cast<u64>(-XEN_ENOSYS));
  EXPECT_EQ(guest_call(__HYPERVISOR_multicall, nullptr, 1), -XEN_EFAULT);
  EXPECT_EQ(guest_call(__HYPERVISOR_multicall, nullptr, 0), 0);
}

TEST_F(Hypercall, MulticallGoesOnWhereItStopped) {
  multicall_entry_t entries[5]{};
  for (auto& entry : entries) entry = {.op = __HYPERVISOR_xen_version, .result = 0, .args = {XENVER_version}};
  test::Preempting preempting;
  EXPECT_EQ(guest_call(__HYPERVISOR_multicall, entries, 5), 0);
  EXPECT_EQ(repeats, 4u);
  for (auto& entry : entries) EXPECT_EQ(entry.result, 4u << 16 | 17);
}

// A call inside that takes several turns keeps its progress in its entry.
TEST_F(Hypercall, MulticallResumesTheCallInside) {
  xen_domctl_getdomaininfo infos[4]{};
  xen_sysctl op = sysctl_of(XEN_SYSCTL_getdomaininfolist);
  op.u.getdomaininfolist.max_domains = 4;
  op.u.getdomaininfolist.buffer.p = infos;
  multicall_entry_t entry{.op = __HYPERVISOR_sysctl, .result = 7, .args = {reinterpret_cast<u64>(&op)}};
  test::Preempting preempting;
  EXPECT_EQ(call(__HYPERVISOR_multicall, &entry, 1), 0);
  EXPECT_GE(repeats, 1u);
  EXPECT_EQ(entry.result, 0u);
  EXPECT_EQ(op.u.getdomaininfolist.num_domains, 2u);
  EXPECT_EQ(op.cmd, u32{XEN_SYSCTL_getdomaininfolist});
  EXPECT_EQ(infos[1].domain, 7);
}

TEST_F(Hypercall, AStoppedVcpuDoesNotGoOnInsideAMulticall) {
  multicall_entry_t entries[2]{};
  entries[0] = {.op = __HYPERVISOR_sched_op, .result = 0, .args = {SCHEDOP_block}};
  entries[1] = {.op = __HYPERVISOR_xen_version, .result = 0, .args = {XENVER_version}};
  test::open_guest_memory();
  HypercallOutcome outcome =
      hypercall(guest.vcpu(), __HYPERVISOR_multicall, HypercallArguments{{test::word(&entries[0]), 2}});
  EXPECT_FALSE(outcome.is_done());
  EXPECT_EQ(outcome.arguments()[0], test::word(&entries[1]));
  EXPECT_EQ(outcome.arguments()[1], 1u);
  EXPECT_EQ(entries[1].result, 0u);
  guest.vcpu().resume(Vcpu::blocked);
}

}  // namespace
}  // namespace xenolith
