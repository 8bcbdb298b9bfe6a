// SPDX-License-Identifier: MIT
#include "core/control/domain_change.hpp"
#include "core/control/domctl.hpp"

#include <arch/cache.hpp>

#include <vector>

#include "core/control/domain_control.hpp"
#include "core/control/test_caller.hpp"
#include "core/run/cpupools.hpp"
#include "core/run/domain_run.hpp"
#include "core/time/clock.hpp"

namespace xenolith {
namespace {

class Domctl : public test::ControlTest {
 protected:
  xen_domctl creation(u32 vcpus = 1) {
    xen_domctl op = domctl_of(XEN_DOMCTL_createdomain, 0);
    op.u.createdomain.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
    op.u.createdomain.max_vcpus = vcpus;
    op.u.createdomain.max_evtchn_port = 1023;
    op.u.createdomain.max_grant_frames = op.u.createdomain.max_maptrack_frames = -1;
    op.u.createdomain.grant_opts = 1;
    return op;
  }
  i64 affinity(u32 command, u32 flags, u8* hard, u8* soft, u32 vcpu = 0) {
    xen_domctl op = domctl_of(command, 7);
    auto& request = op.u.vcpuaffinity;
    request.vcpu = vcpu;
    request.flags = flags;
    request.cpumap_hard.bitmap.p = hard;
    request.cpumap_soft.bitmap.p = soft;
    request.cpumap_hard.nr_bits = request.cpumap_soft.nr_bits = 8;
    return run(op);
  }
};

TEST_F(Domctl, WhoMayCall) {
  xen_domctl op = domctl_of(XEN_DOMCTL_pausedomain, 7);
  EXPECT_EQ(guest_call(__HYPERVISOR_domctl, &op), -XEN_EPERM);
  op.cmd = 999;
  EXPECT_EQ(guest_call(__HYPERVISOR_domctl, &op), -XEN_EPERM);
  EXPECT_EQ(run(op), -XEN_ENOSYS);
  op.interface_version = 1;
  EXPECT_EQ(run(op), -XEN_EACCES);
  EXPECT_EQ(call(__HYPERVISOR_domctl, nullptr), -XEN_EFAULT);
  EXPECT_EQ(simple_domctl(XEN_DOMCTL_pausedomain, 44), -XEN_ESRCH);
  EXPECT_EQ(simple_domctl(XEN_DOMCTL_pausedomain, DOMID_SELF), -XEN_ESRCH);
}

TEST_F(Domctl, RowsHaveDistinctNumbers) {
  for (size_t i = 0; i < domctl_rows.size(); ++i)
    for (size_t k = 0; k < i; ++k) EXPECT_NE(domctl_rows[i].number, domctl_rows[k].number) << domctl_rows[i].name;
}

TEST_F(Domctl, InformationOfADomainAndTheNext) {
  xen_domctl op = domctl_of(XEN_DOMCTL_getdomaininfo, 3);
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(op.domain, 7);
  const auto& info = op.u.getdomaininfo;
  EXPECT_EQ(info.nr_online_vcpus, 2u);
  EXPECT_EQ(info.max_vcpu_id, 1u);
  EXPECT_EQ(info.max_pages, 1024u);
  EXPECT_EQ(info.flags & 0xffff, u32{XEN_DOMINF_hvm_guest | XEN_DOMINF_hap});
  EXPECT_EQ(info.gpaddr_bits, 40);
  op = domctl_of(XEN_DOMCTL_getdomaininfo, 8);
  EXPECT_EQ(run(op), -XEN_ESRCH);
  op.domain = DOMID_SELF;
  EXPECT_EQ(run(op), -XEN_EINVAL);
  op.domain = 7;
  EXPECT_EQ(guest_call(__HYPERVISOR_domctl, &op), -XEN_EPERM);
}

TEST_F(Domctl, FlagsFollowTheState) {
  auto flags = [&] {
    xen_domctl op = domctl_of(XEN_DOMCTL_getdomaininfo, 7);
    EXPECT_EQ(run(op), 0);
    return op.u.getdomaininfo.flags;
  };
  EXPECT_FALSE(flags() & XEN_DOMINF_blocked);
  guest.vcpu(0).stop(Vcpu::blocked);
  EXPECT_FALSE(flags() & XEN_DOMINF_blocked);
  guest.vcpu(1).stop(Vcpu::polling);
  EXPECT_TRUE(flags() & XEN_DOMINF_blocked);
  EXPECT_EQ(simple_domctl(XEN_DOMCTL_pausedomain, 7), 0);
  EXPECT_TRUE(flags() & XEN_DOMINF_paused);
  EXPECT_EQ(simple_domctl(XEN_DOMCTL_unpausedomain, 7), 0);
  EXPECT_EQ(simple_domctl(XEN_DOMCTL_unpausedomain, 7), -XEN_EINVAL);
  EXPECT_FALSE(flags() & XEN_DOMINF_paused);
  guest->shut_down(SHUTDOWN_reboot);
  EXPECT_TRUE(flags() & XEN_DOMINF_shutdown);
  EXPECT_EQ(flags() >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask, u32{SHUTDOWN_reboot});
  EXPECT_EQ(simple_domctl(XEN_DOMCTL_resumedomain, 7), 0);
  EXPECT_FALSE(flags() & XEN_DOMINF_shutdown);
  EXPECT_EQ(simple_domctl(XEN_DOMCTL_pausedomain, 0), -XEN_EINVAL);
}

TEST_F(Domctl, CreateBuildAndDestroy) {
  set_wall_clock({1'700'000'000, 0}, SystemTime{});
  xen_domctl op = creation(3);
  ASSERT_EQ(run(op), 0);
  domid_t id = op.domain;
  Domain* domain = DomainTable::find(DomainId{id});
  ASSERT_NE(domain, nullptr);
  EXPECT_EQ(domain->control_pauses(), 1u);
  EXPECT_EQ(domain->pause_count(), 1u);
  EXPECT_NE(domain->shared_info().wc_sec, 0u);
  EXPECT_EQ(domain->vcpu(VcpuId{0}), nullptr);
  xen_domctl vcpus = domctl_of(XEN_DOMCTL_max_vcpus, id);
  vcpus.u.max_vcpus.max = 2;
  EXPECT_EQ(run(vcpus), -XEN_EINVAL);
  vcpus.u.max_vcpus.max = 3;
  {
    test::Preempting preempting;
    EXPECT_EQ(run(vcpus), 0);
    EXPECT_EQ(repeats, 2u);
  }
  EXPECT_NE(domain->vcpu(VcpuId{2}), nullptr);
  xen_domctl memory = domctl_of(XEN_DOMCTL_max_mem, id);
  memory.u.max_mem.max_memkb = 4096;
  EXPECT_EQ(run(memory), 0);
  EXPECT_EQ(domain->pages().maximum(), 1024u);
  EXPECT_EQ(simple_domctl(XEN_DOMCTL_unpausedomain, id), 0);
  EXPECT_EQ(domain->pause_count(), 0u);
  {
    test::Preempting preempting;
    EXPECT_EQ(simple_domctl(XEN_DOMCTL_destroydomain, id), 0);
    EXPECT_GT(repeats, 0u);
  }
  EXPECT_EQ(DomainTable::find(DomainId{id}), nullptr);
  EXPECT_EQ(simple_domctl(XEN_DOMCTL_destroydomain, id), -XEN_ESRCH);
  EXPECT_EQ(simple_domctl(XEN_DOMCTL_destroydomain, 0), -XEN_EINVAL);
}

TEST_F(Domctl, WrongConfigurations) {
  auto with = [&](auto change) {
    xen_domctl op = creation();
    change(op);
    return run(op);
  };
  EXPECT_EQ(with([](auto& op) { op.domain = 7; }), -XEN_EEXIST);
  EXPECT_EQ(with([](auto& op) { op.u.createdomain.flags |= 1u << 20; }), -XEN_EINVAL);
  EXPECT_EQ(with([](auto& op) { op.u.createdomain.flags |= XEN_DOMCTL_CDF_iommu; }), -XEN_EOPNOTSUPP);
  EXPECT_EQ(with([](auto& op) { op.u.createdomain.flags = 0; }), -XEN_EINVAL);
  EXPECT_EQ(with([](auto& op) { op.u.createdomain.max_vcpus = 0; }), -XEN_EINVAL);
  EXPECT_EQ(with([](auto& op) { op.u.createdomain.max_grant_frames = 1 << 20; }), -XEN_EINVAL);
  EXPECT_EQ(with([](auto& op) { op.u.createdomain.iommu_opts = 1; }), -XEN_EINVAL);
  EXPECT_EQ(with([](auto& op) { op.u.createdomain.cpupool_id = 5; }), -XEN_ENOENT);
}

// No allocation that fails on the way leaves anything behind.
TEST_F(Domctl, CreationUnwinds) {
  xen_domctl first = creation();
  ASSERT_EQ(run(first), 0);
  ASSERT_EQ(simple_domctl(XEN_DOMCTL_destroydomain, first.domain), 0);
  for (unsigned i = 0; i < 4; ++i) quiescent::pass();
  size_t before = fake::heap_in_use();
  for (int n = 0; n < 200; ++n) {
    xen_domctl op = creation();
    fake::fail_allocation(n);
    i64 result = run(op);
    fake::fail_allocation(-1);
    if (result == 0) {
      EXPECT_EQ(simple_domctl(XEN_DOMCTL_destroydomain, op.domain), 0);
      for (unsigned i = 0; i < 4; ++i) quiescent::pass();
      EXPECT_EQ(fake::heap_in_use(), before);
      return;
    }
    EXPECT_EQ(result, -XEN_ENOMEM);
    for (unsigned i = 0; i < 4; ++i) quiescent::pass();
    EXPECT_EQ(fake::heap_in_use(), before) << n;
  }
  FAIL() << "creation never succeeds";
}

TEST_F(Domctl, VcpuInformation) {
  guest.vcpu(1).stop(Vcpu::blocked);
  xen_domctl op = domctl_of(XEN_DOMCTL_getvcpuinfo, 7);
  op.u.getvcpuinfo.vcpu = 1;
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(op.u.getvcpuinfo.online, 1);
  EXPECT_EQ(op.u.getvcpuinfo.blocked, 1);
  EXPECT_EQ(op.u.getvcpuinfo.running, 0);
  op.u.getvcpuinfo.vcpu = 2;
  EXPECT_EQ(run(op), -XEN_EINVAL);
}

TEST_F(Domctl, Affinity) {
  u8 hard = 0, soft = 0;
  constexpr u32 both = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;
  EXPECT_EQ(affinity(XEN_DOMCTL_getvcpuaffinity, both, &hard, &soft), 0);
  EXPECT_EQ(hard, 0xff);
  EXPECT_EQ(soft, 0xff);
  hard = 3;
  EXPECT_EQ(affinity(XEN_DOMCTL_setvcpuaffinity, XEN_VCPUAFFINITY_HARD, &hard, nullptr), 0);
  EXPECT_EQ(hard, 1);  // CPU 0 is the only one of the pool
  EXPECT_EQ(affinity(XEN_DOMCTL_getvcpuaffinity, XEN_VCPUAFFINITY_HARD, &hard, nullptr), 0);
  EXPECT_EQ(hard, 3);
  hard = 4;
  EXPECT_EQ(affinity(XEN_DOMCTL_setvcpuaffinity, XEN_VCPUAFFINITY_HARD, &hard, nullptr), -XEN_EINVAL);
  EXPECT_EQ(affinity(XEN_DOMCTL_setvcpuaffinity, 0, &hard, &soft), -XEN_EINVAL);
  EXPECT_EQ(affinity(XEN_DOMCTL_setvcpuaffinity, 8 | both, &hard, &soft), -XEN_EINVAL);
  EXPECT_EQ(affinity(XEN_DOMCTL_setvcpuaffinity, both, &hard, &soft, 2), -XEN_ESRCH);
  EXPECT_EQ(affinity(XEN_DOMCTL_setvcpuaffinity, both, &hard, nullptr), -XEN_EFAULT);
  EXPECT_EQ(affinity(XEN_DOMCTL_getvcpuaffinity, XEN_VCPUAFFINITY_HARD, &hard, nullptr), 0);
  EXPECT_EQ(hard, 3);
}

TEST_F(Domctl, Credit2) {
  xen_domctl op = domctl_of(XEN_DOMCTL_scheduler_op, 7);
  op.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT2;
  op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_putinfo;
  op.u.scheduler_op.u.credit2 = {.weight = 512, .cap = 50};
  EXPECT_EQ(run(op), 0);
  op.u.scheduler_op.u.credit2 = {.weight = 0, .cap = 0xffff};
  EXPECT_EQ(run(op), 0);
  op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_getinfo;
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(op.u.scheduler_op.u.credit2.weight, 512);
  EXPECT_EQ(op.u.scheduler_op.u.credit2.cap, 50);
  op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_getvcpuinfo;
  EXPECT_EQ(run(op), -XEN_EINVAL);
  op.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT;
  EXPECT_EQ(run(op), -XEN_EINVAL);
}

TEST_F(Domctl, PageFrameInformationGoesOn) {
  guest.populate(Gfn{100});
  std::vector<xen_pfn_t> frames(200, 99);
  frames[150] = 100;
  xen_domctl op = domctl_of(XEN_DOMCTL_getpageframeinfo3, 7);
  op.u.getpageframeinfo3.num = frames.size();
  op.u.getpageframeinfo3.array.p = frames.data();
  {
    test::Preempting preempting;
    EXPECT_EQ(run(op), 0);
    EXPECT_GT(repeats, 2u);
  }
  EXPECT_EQ(frames[150], XEN_DOMCTL_PFINFO_NOTAB);
  EXPECT_EQ(frames[199], XEN_DOMCTL_PFINFO_XTAB);
  op.u.getpageframeinfo3.num = 1025;
  EXPECT_EQ(run(op), -XEN_E2BIG);
}

TEST_F(Domctl, CachesAreFlushedWhereThereIsMemory) {
  for (u64 i : {100, 101, 250}) guest.populate(Gfn{i});
  xen_domctl op = domctl_of(XEN_DOMCTL_cacheflush, 7);
  op.u.cacheflush = {.start_pfn = 101, .nr_pfns = 200};
  u64 before = arch::flushed_bytes;
  {
    test::Preempting preempting;
    EXPECT_EQ(run(op), 0);
    EXPECT_GT(repeats, 2u);
  }
  EXPECT_EQ(arch::flushed_bytes, before + 2 * page_size);
  op.u.cacheflush = {.start_pfn = ~u64{0}, .nr_pfns = 2};
  EXPECT_EQ(run(op), -XEN_EINVAL);
  op.u.cacheflush = {.start_pfn = 0, .nr_pfns = (1 << 18) + 1};
  EXPECT_EQ(run(op), -XEN_EINVAL);
  EXPECT_EQ(arch::flushed_bytes, before + 2 * page_size);
}

TEST_F(Domctl, DeviceMemoryNeedsPermission) {
  xen_domctl map = domctl_of(XEN_DOMCTL_memory_mapping, 7);
  map.u.memory_mapping = {.first_gfn = 0x500, .first_mfn = 0xf0000, .nr_mfns = 4, .add_mapping = 1, .padding = 0};
  EXPECT_EQ(run(map), -XEN_EPERM);
  xen_domctl permit = domctl_of(XEN_DOMCTL_iomem_permission, 7);
  permit.u.iomem_permission = {.first_mfn = 0xf0000, .nr_mfns = 8, .allow_access = 1};
  EXPECT_EQ(run(permit), 0);
  EXPECT_EQ(run(map), 0);
  EXPECT_EQ(guest->p2m().lookup(Gfn{0x503}).mfn, Mfn{0xf0003});
  map.u.memory_mapping.add_mapping = 0;
  EXPECT_EQ(run(map), 0);
  EXPECT_EQ(guest->p2m().lookup(Gfn{0x503}).type, P2mType::none);
  // Memory in the way: nothing of it stays.
  guest.populate(Gfn{0x502});
  map.u.memory_mapping.add_mapping = 1;
  EXPECT_EQ(run(map), -XEN_EPERM);
  EXPECT_EQ(guest->p2m().lookup(Gfn{0x500}).type, P2mType::none);
  EXPECT_EQ(guest->p2m().lookup(Gfn{0x502}).type, P2mType::ram);
  map.u.memory_mapping.nr_mfns = 65;
  EXPECT_EQ(run(map), -XEN_E2BIG);
  map.u.memory_mapping.nr_mfns = 0;
  EXPECT_EQ(run(map), -XEN_EINVAL);
  EXPECT_EQ(guest_call(__HYPERVISOR_domctl, &map), -XEN_EPERM);
}

TEST_F(Domctl, PortAndInterruptPermissions) {
  xen_domctl ports = domctl_of(XEN_DOMCTL_ioport_permission, 7);
  ports.u.ioport_permission = {.first_port = 0x3f8, .nr_ports = 8, .allow_access = 1};
  EXPECT_EQ(run(ports), 0);
  EXPECT_TRUE(guest->control().permissions().with([](Permissions& p) { return p.ports.contains(0x3f8, 0x3ff); }));
  ports.u.ioport_permission.nr_ports = 0x10000;
  EXPECT_EQ(run(ports), -XEN_EINVAL);
  ports.u.ioport_permission.nr_ports = 0;
  EXPECT_EQ(run(ports), -XEN_EINVAL);
  xen_domctl line = domctl_of(XEN_DOMCTL_irq_permission, 7);
  line.u.irq_permission = {.pirq = 9, .allow_access = 1, .pad = {}};
  EXPECT_EQ(run(line), 0);
  line.u.irq_permission.pirq = 1u << 20;
  EXPECT_EQ(run(line), -XEN_EINVAL);
}

TEST_F(Domctl, OneChangeOfADomainAtATime) {
  {
    auto change = DomainChange::begin(*guest);
    ASSERT_TRUE(change);
    EXPECT_FALSE(DomainChange::begin(*guest));
    DomainChange moved = std::move(*change);
    change.reset();
    EXPECT_FALSE(DomainChange::begin(*guest));
  }
  EXPECT_TRUE(DomainChange::begin(*guest));
}

TEST_F(Domctl, Settings) {
  xen_domctl op = domctl_of(XEN_DOMCTL_setdomainhandle, 7);
  op.u.setdomainhandle.handle[0] = 0xaa;
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(guest->handle()[0], 0xaa);
  set_wall_clock({1'700'000'000, 0}, SystemTime{});
  op = domctl_of(XEN_DOMCTL_settimeoffset, 7);
  op.u.settimeoffset.time_offset_seconds = -60;
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(guest->time_offset_seconds, -60);
  EXPECT_EQ(guest->shared_info().wc_sec, wall_clock().seconds - 60);
  op = domctl_of(XEN_DOMCTL_set_target, 7);
  op.u.set_target.target = 7;
  EXPECT_EQ(run(op), -XEN_EINVAL);
  op.u.set_target.target = 70;
  EXPECT_EQ(run(op), -XEN_ESRCH);
  op = domctl_of(XEN_DOMCTL_set_virq_handler, 7);
  op.u.set_virq_handler.virq = VIRQ_TIMER;
  EXPECT_EQ(run(op), -XEN_EINVAL);
  op.u.set_virq_handler.virq = VIRQ_CON_RING;
  EXPECT_EQ(run(op), 0);
  op = domctl_of(XEN_DOMCTL_set_paging_mempool_size, 7);
  op.u.paging_mempool.size = 3 << 20;
  EXPECT_EQ(run(op), 0);
  op.u.paging_mempool.size = 100;
  EXPECT_EQ(run(op), -XEN_EINVAL);
  op = domctl_of(XEN_DOMCTL_shadow_op, 7);
  op.u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION;
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(op.u.shadow_op.mb, 3u);
  u8 nodes = 0;
  op = domctl_of(XEN_DOMCTL_getnodeaffinity, 7);
  op.u.nodeaffinity.nodemap.bitmap.p = &nodes;
  op.u.nodeaffinity.nodemap.nr_bits = 1;
  EXPECT_EQ(run(op), 0);
  EXPECT_EQ(nodes, 1);
}

}  // namespace
}  // namespace xenolith
