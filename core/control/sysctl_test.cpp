// SPDX-License-Identifier: MIT
#include "core/control/sysctl.hpp"

#include <array>

#include "core/control/test_caller.hpp"
#include "core/memory/frame_allocator.hpp"
#include "core/run/cpupools.hpp"

namespace xenolith {
namespace {

class Sysctl : public test::ControlTest {
 protected:
  i64 pool(u32 op, u32 id, u32 cpu = 0, u32 domain = 0, xen_sysctl_cpupool_op* out = nullptr) {
    xen_sysctl request = sysctl_of(XEN_SYSCTL_cpupool_op);
    auto& p = request.u.cpupool_op;
    p.op = op;
    p.cpupool_id = id;
    p.sched_id = XEN_SCHEDULER_CREDIT2;
    p.cpu = cpu;
    p.domid = domain;
    map = 0;
    p.cpumap.bitmap.p = &map;
    p.cpumap.nr_bits = 8;
    i64 result = run(request);
    if (out) *out = p;
    return result;
  }
  u8 map = 0;
};

TEST_F(Sysctl, WhoMayCall) {
  xen_sysctl op = sysctl_of(XEN_SYSCTL_physinfo);
  EXPECT_EQ(guest_call(__HYPERVISOR_sysctl, &op), -XEN_EPERM);
  op.interface_version = 3;
  EXPECT_EQ(run(op), -XEN_EACCES);
  op = sysctl_of(999);
  EXPECT_EQ(run(op), -XEN_ENOSYS);
  EXPECT_EQ(guest_call(__HYPERVISOR_sysctl, &op), -XEN_EPERM);
  EXPECT_EQ(call(__HYPERVISOR_sysctl, nullptr), -XEN_EFAULT);
}

TEST_F(Sysctl, PhysicalInformation) {
  xen_sysctl op = sysctl_of(XEN_SYSCTL_physinfo);
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(op.u.physinfo.nr_cpus, 1u);
  EXPECT_EQ(op.u.physinfo.max_cpu_id, 0u);
  EXPECT_EQ(op.u.physinfo.nr_nodes, 1u);
  EXPECT_EQ(op.u.physinfo.total_pages, FrameAllocator::total_frames());
  EXPECT_EQ(op.u.physinfo.free_pages, FrameAllocator::free_frames());
  EXPECT_TRUE(op.u.physinfo.capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v1);
  EXPECT_TRUE(op.u.physinfo.capabilities & XEN_SYSCTL_PHYSCAP_hap);
}

TEST_F(Sysctl, ListsDomainsAlsoInTurns) {
  fake::TestDomain third{9};
  std::array<xen_domctl_getdomaininfo, 4> infos{};
  xen_sysctl op = sysctl_of(XEN_SYSCTL_getdomaininfolist);
  op.u.getdomaininfolist.max_domains = 4;
  op.u.getdomaininfolist.buffer.p = infos.data();
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(op.u.getdomaininfolist.num_domains, 3u);
  EXPECT_EQ(infos[2].domain, 9);

  infos = {};
  op = sysctl_of(XEN_SYSCTL_getdomaininfolist);
  op.u.getdomaininfolist = {.first_domain = 1, .max_domains = 2, .buffer = {infos.data()}, .num_domains = 77};
  {
    test::Preempting preempting;
    EXPECT_EQ(run(op), 0);
    EXPECT_EQ(repeats, 1u);
  }
  EXPECT_EQ(op.cmd, u32{XEN_SYSCTL_getdomaininfolist});
  EXPECT_EQ(op.u.getdomaininfolist.num_domains, 2u);
  EXPECT_EQ(infos[0].domain, 7);
  EXPECT_EQ(infos[1].domain, 9);
  op = sysctl_of(XEN_SYSCTL_getdomaininfolist);
  op.u.getdomaininfolist.max_domains = 1;
  EXPECT_EQ(run(op), -XEN_EFAULT);
}

TEST_F(Sysctl, CpusAndNodes) {
  xen_sysctl_cpuinfo idle[3]{};
  xen_sysctl op = sysctl_of(XEN_SYSCTL_getcpuinfo);
  op.u.getcpuinfo.max_cpus = 3;
  op.u.getcpuinfo.info.p = idle;
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(op.u.getcpuinfo.nr_cpus, 1u);

  xen_sysctl_cputopo places[2]{};
  op = sysctl_of(XEN_SYSCTL_cputopoinfo);
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(op.u.cputopoinfo.num_cpus, 1u);
  op.u.cputopoinfo.num_cpus = 2;
  op.u.cputopoinfo.cputopo.p = places;
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(op.u.cputopoinfo.num_cpus, 1u);

  xen_sysctl_meminfo memory[1]{};
  u32 distance[1]{};
  op = sysctl_of(XEN_SYSCTL_numainfo);
  op.u.numainfo.num_nodes = 1;
  op.u.numainfo.meminfo.p = memory;
  op.u.numainfo.distance.p = distance;
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(op.u.numainfo.num_nodes, 1u);
  EXPECT_EQ(memory[0].memsize, FrameAllocator::total_frames() << page_shift);
  EXPECT_EQ(distance[0], 10u);

  op = sysctl_of(XEN_SYSCTL_availheap);
  op.u.availheap.node = -1;
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(op.u.availheap.avail_bytes, FrameAllocator::free_frames() << page_shift);
}

TEST_F(Sysctl, NoPowerManagement) {
  xen_sysctl op = sysctl_of(XEN_SYSCTL_get_pmstat);
  op.u.get_pmstat.type = PMSTAT_get_max_px;
  EXPECT_EQ(run(op), -XEN_ENODEV);
  op.u.get_pmstat.cpuid = 40;
  EXPECT_EQ(run(op), -XEN_EINVAL);
  op = sysctl_of(XEN_SYSCTL_pm_op);
  op.u.pm_op.cmd = GET_CPUFREQ_PARA;
  EXPECT_EQ(run(op), -XEN_ENODEV);
  op.u.pm_op.cmd = XEN_SYSCTL_pm_op_get_max_cstate;
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(op.u.pm_op.u.get_max_cstate, XEN_SYSCTL_CX_UNLIMITED);
  for (u32 command : {XEN_SYSCTL_tbuf_op, XEN_SYSCTL_perfc_op, XEN_SYSCTL_lockprof_op, XEN_SYSCTL_livepatch_op}) {
    op = sysctl_of(command);
    EXPECT_EQ(run(op), -XEN_ENOSYS);
  }
}

TEST_F(Sysctl, ConsoleAndKeys) {
  char text[256]{};
  xen_sysctl op = sysctl_of(XEN_SYSCTL_readconsole);
  op.u.readconsole.buffer.p = text;
  op.u.readconsole.count = sizeof(text);
  EXPECT_EQ(run(op), 0);
  EXPECT_LE(op.u.readconsole.count, sizeof(text));
  op = sysctl_of(XEN_SYSCTL_debug_keys);
  const char keys[] = "~~";
  op.u.debug_keys.keys.p = keys;
  op.u.debug_keys.nr_keys = 2;
  EXPECT_EQ(run(op), 0);
  op.u.debug_keys.nr_keys = 33;
  EXPECT_EQ(run(op), -XEN_E2BIG);
}

TEST_F(Sysctl, Scheduler) {
  xen_sysctl op = sysctl_of(XEN_SYSCTL_sched_id);
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(op.u.sched_id.sched_id, u32{XEN_SCHEDULER_CREDIT2});
  op = sysctl_of(XEN_SYSCTL_scheduler_op);
  op.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT2;
  op.u.scheduler_op.cmd = XEN_SYSCTL_SCHEDOP_putinfo;
  op.u.scheduler_op.u.sched_credit2.ratelimit_us = 50;
  EXPECT_EQ(run(op), -XEN_EINVAL);
  op.u.scheduler_op.u.sched_credit2.ratelimit_us = 2000;
  EXPECT_EQ(run(op), 0);
  op.u.scheduler_op.cmd = XEN_SYSCTL_SCHEDOP_getinfo;
  op.u.scheduler_op.u.sched_credit2.ratelimit_us = 0;
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(op.u.scheduler_op.u.sched_credit2.ratelimit_us, 2000u);
  op.u.scheduler_op.cpupool_id = 8;
  EXPECT_EQ(run(op), -XEN_ENOENT);
}

TEST_F(Sysctl, Cpupools) {
  xen_sysctl_cpupool_op out;
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_INFO, 0, 0, 0, &out), 0);
  EXPECT_EQ(out.n_dom, 2u);
  EXPECT_EQ(map, 1);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_INFO, 1), -XEN_ENOENT);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_CREATE, XEN_SYSCTL_CPUPOOL_PAR_ANY, 0, 0, &out), 0);
  EXPECT_EQ(out.cpupool_id, 1u);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_CREATE, 5), 0);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_CREATE, 5), -XEN_EEXIST);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_INFO, 2, 0, 0, &out), 0);
  EXPECT_EQ(out.cpupool_id, 5u);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_FREEINFO, 0), 0);
  EXPECT_EQ(map, 0);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 5, 0), -XEN_ENODEV);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 5, XEN_SYSCTL_CPUPOOL_PAR_ANY), -XEN_ENODEV);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_ADDCPU, 5, 60), -XEN_EINVAL);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 0, 0), -XEN_EBUSY);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_RMCPU, 5, 0), -XEN_ENODEV);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, 5, 0, 7), -XEN_EINVAL);  // no CPU there
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, 0, 0, 7), 0);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, 0, 0, 77), -XEN_ESRCH);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 0), -XEN_EBUSY);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 1), 0);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 5), 0);
  EXPECT_EQ(pool(XEN_SYSCTL_CPUPOOL_OP_DESTROY, 5), -XEN_ENOENT);
  EXPECT_EQ(pool(99, 0), -XEN_ENOSYS);
}

}  // namespace
}  // namespace xenolith
