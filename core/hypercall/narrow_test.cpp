// SPDX-License-Identifier: MIT
#include "core/hypercall/narrow_test.hpp"

#include "core/grants/grant_table.hpp"
#include "core/memory_operations/guest_memory.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith {
namespace {

class NarrowCalls : public test::NarrowTest {};
using compat::multicall_entry;

TEST_F(NarrowCalls, ListsHave32BitElements) {
  Vcpu& vcpu = guest.vcpu();
  vcpu.set_call_words(GuestWordSize::bits32);
  GuestHandle<GuestLong> list{u64{low.address()}};
  EXPECT_EQ(status_of(list.write(vcpu, GuestLong{0x12345678}, 1)), 0);
  EXPECT_EQ(low.get<u32>(4), 0x12345678u);
  EXPECT_TRUE(low.is_untouched(0, 4) && low.is_untouched(8, 64));
  EXPECT_EQ(status_of(list.write(vcpu, GuestLong{u64{1} << 32}, 0)), -XEN_ERANGE);
  EXPECT_TRUE(low.is_untouched(0, 4));
  EXPECT_EQ(status_of(list.write(vcpu, GuestLong{~u64{0}}, 0)), 0);
  EXPECT_EQ(list.read(vcpu, 0)->value, u64{0xffffffff});
  vcpu.set_call_words(GuestWordSize::bits64);
}

TEST_F(NarrowCalls, MulticallHasItsOwnEntries) {
  multicall_entry entries[5]{};
  entries[0] = {.op = __HYPERVISOR_xen_version, .result = 1, .args = {XENVER_version}};
  entries[1] = {.op = __HYPERVISOR_multicall, .result = 1, .args = {}};
  entries[2] = {.op = 99, .result = 1, .args = {}};
  entries[3] = {.op = __HYPERVISOR_domctl, .result = 1, .args = {}};
  entries[4] = {.op = __HYPERVISOR_set_timer_op, .result = 1, .args = {500'000, 1}};
  low.put(0, entries);
  EXPECT_EQ(ask(__HYPERVISOR_multicall, low.address(), 5), 0);
  auto seen = [&](u32 index) { return low.get<multicall_entry>(index * sizeof(multicall_entry)).result; };
  EXPECT_EQ(seen(0), 4u << 16 | 17);
  EXPECT_EQ(seen(1), static_cast<u32>(-XEN_EINVAL));
  EXPECT_EQ(seen(2), static_cast<u32>(-XEN_ENOSYS));
  EXPECT_EQ(seen(3), static_cast<u32>(-XEN_ENOSYS));
  EXPECT_EQ(seen(4), 0u);
  EXPECT_EQ(guest.vcpu().run().singleshot().deadline().raw(), i64{1} << 32 | 500'000);
  EXPECT_TRUE(low.is_untouched(sizeof(entries), 64));
  EXPECT_EQ(ask(__HYPERVISOR_multicall, 16, 1), -XEN_EFAULT);
}

TEST_F(NarrowCalls, MulticallGoesOnWhereItStopped) {
  for (u32 i = 0; i < 5; ++i)
    low.put(i * 32, multicall_entry{.op = __HYPERVISOR_xen_version, .result = 1, .args = {XENVER_version}});
  test::Preempting preempting;
  EXPECT_EQ(ask(__HYPERVISOR_multicall, low.address(), 5), 0);
  EXPECT_EQ(repeats, 4u);
  for (u32 i = 0; i < 5; ++i) EXPECT_EQ(low.get<multicall_entry>(i * 32).result, 4u << 16 | 17);
}

TEST_F(NarrowCalls, ControlCallsAreRefused) {
  for (u32 number : {__HYPERVISOR_domctl, __HYPERVISOR_sysctl, __HYPERVISOR_platform_op, __HYPERVISOR_hypfs_op})
    EXPECT_EQ(narrow_call(dom0.vcpu(), number, low.address()), -XEN_ENOSYS) << number;
}

TEST_F(NarrowCalls, PlatformParametersHaveOneWord) {
  EXPECT_EQ(ask(__HYPERVISOR_xen_version, XENVER_platform_parameters, low.address()), 0);
  EXPECT_EQ(low.get<u32>(0), 0u);
  EXPECT_TRUE(low.is_untouched(4, 16));
}

TEST_F(NarrowCalls, PollHasItsPortsAndTimeout) {
  compat::sched_poll request{};
  request.ports.p = low.put(64, u32{200'000});
  request.nr_ports = 1;
  EXPECT_EQ(ask(__HYPERVISOR_sched_op, SCHEDOP_poll, low.put(0, request)), -XEN_EINVAL);  // no domain has such a port
  request.nr_ports = 1000;
  EXPECT_EQ(ask(__HYPERVISOR_sched_op, SCHEDOP_poll, low.put(0, request)), -XEN_EINVAL);
  request.nr_ports = 0;
  request.timeout = u64{3} << 32 | 7;
  EXPECT_EQ(ask(__HYPERVISOR_sched_op, SCHEDOP_poll, low.put(0, request)), 0);
  EXPECT_EQ(guest.vcpu().run().poll_timer().deadline().raw(), i64{3} << 32 | 7);
  guest.vcpu().run().poll_timer().stop();
  guest.vcpu().resume(Vcpu::polling);
}

TEST_F(NarrowCalls, SetupTableWritesA32BitList) {
  compat::gnttab_setup_table request{};
  request.dom = DOMID_SELF;
  request.nr_frames = 3;
  request.frame_list.p = low.address(64);
  EXPECT_EQ(ask(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table, low.put(0, request), 1), 0);
  EXPECT_EQ(low.get<compat::gnttab_setup_table>(0).status, GNTST_okay);
  EXPECT_EQ(low.get<compat::gnttab_setup_table>(0).frame_list.p, low.address(64));
  for (u32 i = 0; i < 3; ++i) EXPECT_EQ(low.get<u32>(64 + 4 * i), ~u32{0});  // not mapped anywhere
  EXPECT_TRUE(low.is_untouched(64 + 12, 64) && low.is_untouched(16, 48));
}

TEST_F(NarrowCalls, CopiesAreTakenOneByOne) {
  compat::gnttab_copy copies[3]{};
  for (auto& copy : copies) {
    copy.source.u.ref = 77;
    copy.source.domid = 7;
    copy.dest.u.gmfn = 0x87654321;
    copy.dest.domid = DOMID_SELF;
    copy.len = 16;
    copy.flags = GNTCOPY_source_gref;
    copy.status = 99;
  }
  copies[1].len = 5000;
  low.put(0, copies);
  test::Preempting preempting;
  EXPECT_EQ(ask(__HYPERVISOR_grant_table_op, GNTTABOP_copy, low.address(), 3), 0);
  for (u32 i = 0; i < 3; ++i) {
    auto seen = low.get<compat::gnttab_copy>(i * sizeof(compat::gnttab_copy));
    EXPECT_LT(seen.status, 0) << i;
    EXPECT_EQ(seen.dest.u.gmfn, 0x87654321u);
    EXPECT_EQ(seen.source.u.ref, 77u);
  }
  EXPECT_TRUE(low.is_untouched(sizeof(copies), 64));
}

// ---- memory_op
class NarrowMemory : public test::NarrowTest {
 protected:
  template <class T>
  i32 memory_op(u32 operation, const T& request) {
    return ask(__HYPERVISOR_memory_op, operation, low.put(0, request));
  }
};

TEST_F(NarrowMemory, ReservationListsAreNarrow) {
  low.put(64, std::array<u32, 3>{0x100, 0x101, 0x103});
  compat::xen_memory_reservation request{};
  request.extent_start.p = low.address(64);
  request.nr_extents = 3;
  request.domid = DOMID_SELF;
  test::Preempting preempting;
  EXPECT_EQ(memory_op(XENMEM_populate_physmap, request), 3);
  EXPECT_EQ(repeats, 2u);
  EXPECT_EQ(guest->p2m().lookup(Gfn{0x103}).type, P2mType::ram);
  EXPECT_EQ(guest->p2m().lookup(Gfn{0x102}).type, P2mType::none);
  EXPECT_EQ(memory_op(XENMEM_decrease_reservation, request), 3);
  EXPECT_EQ(guest->p2m().lookup(Gfn{0x103}).type, P2mType::none);
  request.nr_extents = ~u32{0};
  EXPECT_EQ(memory_op(XENMEM_populate_physmap, request), 0);
  request.nr_extents = 3;
  request.extent_start.p = low.address(test::LowMemory::size - 4);
  EXPECT_EQ(memory_op(XENMEM_decrease_reservation, request), 0);  // and the list ends in the middle
}

TEST_F(NarrowMemory, PhysmapBatch) {
  low.put(64, std::array<u32, 2>{0, 5});            // indexes
  low.put(96, std::array<u32, 2>{0x200, 0x201});    // frames
  compat::xen_add_to_physmap_batch request{};
  request.domid = DOMID_SELF;
  request.space = XENMAPSPACE_shared_info;
  request.size = 2;
  request.idxs.p = low.address(64);
  request.gpfns.p = low.address(96);
  request.errs.p = low.address(128);
  EXPECT_EQ(memory_op(XENMEM_add_to_physmap_batch, request), 0);
  EXPECT_EQ(low.get<i32>(128), 0);
  EXPECT_EQ(low.get<i32>(132), -XEN_EINVAL);
  EXPECT_TRUE(low.is_untouched(136, 64));
  EXPECT_EQ(guest->p2m().lookup(Gfn{0x200}).mfn, guest->shared_info_page().mfn());
  compat::xen_remove_from_physmap removal{};
  removal.domid = DOMID_SELF;
  removal.gpfn = 0x200;
  EXPECT_EQ(memory_op(XENMEM_remove_from_physmap, removal), 0);
  EXPECT_EQ(guest->p2m().lookup(Gfn{0x200}).type, P2mType::none);
}

TEST_F(NarrowMemory, RangesGoOnWithProgressInTheArguments) {
  for (u64 i = 0; i < 3; ++i) guest.populate(Gfn{0x10 + i});
  compat::xen_add_to_physmap request{};
  request.domid = DOMID_SELF;
  request.size = 3;
  request.space = XENMAPSPACE_gmfn_range;
  request.idx = 0x10;
  request.gpfn = 0x300;
  test::Preempting preempting;
  EXPECT_EQ(memory_op(XENMEM_add_to_physmap, request), 0);
  EXPECT_EQ(repeats, 2u);
  EXPECT_EQ(guest->p2m().lookup(Gfn{0x302}).type, P2mType::ram);
  request.idx = ~u32{0};
  EXPECT_NE(memory_op(XENMEM_add_to_physmap, request), 0);
}

TEST_F(NarrowMemory, MapComesWithItsCount) {
  void* entries = low.bytes() + page_size;
  xen_foreign_memory_map wide{.domid = 7, .map = {.nr_entries = 2, .buffer = {entries}}};
  auto* place = reinterpret_cast<xen_foreign_memory_map*>(u64{low.put(0, wide)});
  ASSERT_EQ(call(__HYPERVISOR_memory_op, XENMEM_set_memory_map, place), 0);
  std::fill_n(low.bytes(), sizeof(wide), std::byte{0xa5});
  compat::xen_memory_map request{};
  request.nr_entries = 10;
  request.buffer.p = low.address(64);
  EXPECT_EQ(memory_op(XENMEM_memory_map, request), 0);
  EXPECT_EQ(low.get<compat::xen_memory_map>(0).nr_entries, 2u);
  EXPECT_EQ(low.get<compat::xen_memory_map>(0).buffer.p, low.address(64));
  EXPECT_TRUE(low.is_untouched(8, 56) && low.is_untouched(64 + 2 * sizeof(MemoryMapEntry), 64));
}

TEST_F(NarrowMemory, StructuresBeyondTheEndFault) {
  u32 near_end = low.address(test::LowMemory::size - 8);
  EXPECT_EQ(ask(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, near_end), -XEN_EFAULT);
  EXPECT_EQ(ask(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, ~u32{0} - 3), -XEN_EFAULT);
  EXPECT_EQ(ask(__HYPERVISOR_sched_op, SCHEDOP_poll, near_end), -XEN_EFAULT);
  EXPECT_EQ(ask(__HYPERVISOR_memory_op, XENMEM_populate_physmap, near_end), 0);
}

}  // namespace
}  // namespace xenolith
