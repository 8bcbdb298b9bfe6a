// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "core/grants/test_guests.hpp"
#include "core/memory_operations/guest_memory.hpp"

namespace xenolith {
namespace {

using test::Guest;
using test::LeakCheck;

class Physmap : public testing::Test {
 protected:
  Guest guest{1}, control{2, {.control = true}};
  P2mEntry at(u64 gfn) { return guest.domain->p2m().lookup(Gfn{gfn}); }
  i64 add(Guest& caller, u32 space, u64 index, u64 gfn, domid_t domain = DOMID_SELF, u16 size = 0) {
    xen_add_to_physmap_t request{domain, size, space, index, gfn};
    return caller.memory_op(XENMEM_add_to_physmap, &request);
  }
  i64 add_foreign(Guest& caller, domid_t from, u64 index, u64 gfn, int& error) {
    xen_ulong_t indexes[] = {index};
    xen_pfn_t gfns[] = {gfn};
    xen_add_to_physmap_batch_t request{DOMID_SELF, XENMAPSPACE_gmfn_foreign, 1, {from}, {indexes}, {gfns}, {&error}};
    return caller.memory_op(XENMEM_add_to_physmap_batch, &request);
  }
};

TEST_F(Physmap, SharedInfoAndGrantFramesMove) {
  EXPECT_EQ(add(guest, XENMAPSPACE_shared_info, 0, 100), 0);
  EXPECT_EQ(at(100).mfn, guest.domain->shared_info_page().mfn());
  EXPECT_EQ(add(guest, XENMAPSPACE_shared_info, 0, 101), 0);
  EXPECT_EQ(at(100).type, P2mType::none);
  EXPECT_EQ(at(101).type, P2mType::shared_frame);
  EXPECT_EQ(add(guest, XENMAPSPACE_shared_info, 0, 101), 0);
  EXPECT_EQ(add(guest, XENMAPSPACE_shared_info, 1, 100), -XEN_EINVAL);
  EXPECT_EQ(add(guest, XENMAPSPACE_grant_table, 2, 110), 0);
  EXPECT_EQ(guest.table().frame_count(), 3u);
  EXPECT_EQ(guest.table().shared_gfn(2).load(), Gfn{110});
  EXPECT_EQ(add(guest, XENMAPSPACE_grant_table, 64, 111), -XEN_EINVAL);
  EXPECT_EQ(add(guest, XENMAPSPACE_grant_table, XENMAPIDX_grant_table_status, 111), -XEN_EINVAL);
  guest.set_version(2);
  EXPECT_EQ(add(guest, XENMAPSPACE_grant_table, XENMAPIDX_grant_table_status, 111), 0);
  EXPECT_EQ(at(111).type, P2mType::shared_frame);
}

TEST_F(Physmap, RamMovesAndWhatWasThereIsFreed) {
  Mfn mfn = at(3).mfn;
  u64 total = guest.domain->pages().total();
  EXPECT_EQ(add(guest, XENMAPSPACE_gmfn, 3, 4), 0);
  EXPECT_EQ(at(4).mfn, mfn);
  EXPECT_EQ(at(3).type, P2mType::none);
  EXPECT_EQ(guest.domain->pages().total(), total - 1);
  EXPECT_EQ(add(guest, XENMAPSPACE_gmfn, 3, 4), -XEN_EINVAL);
  EXPECT_EQ(add(guest, XENMAPSPACE_gmfn, 4, 4), 0);
  test::Preempting preempting;
  EXPECT_EQ(add(guest, XENMAPSPACE_gmfn_range, 4, 200, DOMID_SELF, 4), 0);
  EXPECT_EQ(at(203).type, P2mType::ram);
  EXPECT_EQ(add(guest, XENMAPSPACE_gmfn_range, ~u64{0}, 200, DOMID_SELF, 4), -XEN_EOVERFLOW);
}

TEST_F(Physmap, SpacesAndPermissions) {
  EXPECT_EQ(add(guest, XENMAPSPACE_gmfn_foreign, 0, 100), -XEN_ENOSYS);
  EXPECT_EQ(add(guest, XENMAPSPACE_dev_mmio, 0, 100), -XEN_EACCES);
  EXPECT_EQ(add(guest, 9, 0, 100), -XEN_EINVAL);
  EXPECT_EQ(add(guest, XENMAPSPACE_gmfn, 0, 100, 2), -XEN_EPERM);
  EXPECT_EQ(add(guest, XENMAPSPACE_gmfn, 0, 100, 50), -XEN_ESRCH);
  EXPECT_EQ(add(control, XENMAPSPACE_shared_info, 0, 100, 1), 0);
  EXPECT_EQ(at(100).type, P2mType::shared_frame);
  xen_remove_from_physmap_t remove{1, 100};
  EXPECT_EQ(control.memory_op(XENMEM_remove_from_physmap, &remove), 0);
  EXPECT_EQ(control.memory_op(XENMEM_remove_from_physmap, &remove), -XEN_ENOENT);
  remove.domid = 2;
  EXPECT_EQ(guest.memory_op(XENMEM_remove_from_physmap, &remove), -XEN_EPERM);
  xen_add_to_physmap_batch_t batch{};
  batch.domid = DOMID_SELF;
  batch.space = XENMAPSPACE_gmfn_range;
  EXPECT_EQ(guest.memory_op(XENMEM_add_to_physmap_batch, &batch), -XEN_EOPNOTSUPP);
}

TEST_F(Physmap, ForeignFramesHoldReferences) {
  int error = 1;
  EXPECT_EQ(add_foreign(control, 1, 3, 300, error), 0);
  EXPECT_EQ(error, 0);
  P2mEntry entry = control.domain->p2m().lookup(Gfn{300});
  EXPECT_EQ(entry.type, P2mType::foreign);
  EXPECT_EQ(entry.mfn, at(3).mfn);
  EXPECT_EQ(frame_entry(entry.mfn)->count(), 2u);
  xen_remove_from_physmap_t remove{DOMID_SELF, 300};
  EXPECT_EQ(control.memory_op(XENMEM_remove_from_physmap, &remove), 0);
  EXPECT_EQ(frame_entry(entry.mfn)->count(), 1u);
  EXPECT_EQ(add_foreign(control, 1, 99, 300, error), 0);
  EXPECT_EQ(error, -XEN_EINVAL);
  EXPECT_EQ(add_foreign(control, 77, 3, 300, error), -XEN_ESRCH);
  EXPECT_EQ(add_foreign(control, 2, 3, 300, error), -XEN_EINVAL);
  EXPECT_EQ(add_foreign(control, DOMID_SELF, 3, 300, error), -XEN_EINVAL);
  EXPECT_EQ(add_foreign(guest, 2, 3, 300, error), -XEN_EPERM);
  for (int n = 0; n < 4; ++n) {
    fake::fail_allocation(n);
    add_foreign(control, 1, 3, 301, error);
    fake::fail_allocation(-1);
    if (error == 0) break;
    EXPECT_EQ(frame_entry(entry.mfn)->count(), 1u);
  }
}

TEST_F(Physmap, AcquireResource) {
  xen_mem_acquire_resource_t request{};
  request.domid = 1;
  request.type = XENMEM_resource_grant_table;
  EXPECT_EQ(control.memory_op(XENMEM_acquire_resource, &request), 0);
  EXPECT_EQ(request.nr_frames, 64u);
  xen_pfn_t list[] = {400, 401, 402};
  request.frame_list.p = list;
  request.nr_frames = 3;
  {
    test::Preempting preempting;
    EXPECT_EQ(control.memory_op(XENMEM_acquire_resource, &request), 0);
  }
  EXPECT_EQ(control.domain->p2m().lookup(Gfn{402}).mfn, guest.table().shared_frame(2).take());
  request.frame = 62;
  EXPECT_EQ(control.memory_op(XENMEM_acquire_resource, &request), -XEN_EINVAL);
  request.frame = 0;
  request.id = XENMEM_resource_grant_table_id_status;
  EXPECT_EQ(control.memory_op(XENMEM_acquire_resource, &request), -XEN_EINVAL);
  guest.set_version(2);
  request.nr_frames = 1;
  EXPECT_EQ(control.memory_op(XENMEM_acquire_resource, &request), 0);
  request.id = 7;
  EXPECT_EQ(control.memory_op(XENMEM_acquire_resource, &request), -XEN_EINVAL);
  request.type = XENMEM_resource_ioreq_server;
  EXPECT_EQ(control.memory_op(XENMEM_acquire_resource, &request), -XEN_EOPNOTSUPP);
  request.pad = 1;
  EXPECT_EQ(control.memory_op(XENMEM_acquire_resource, &request), -XEN_EINVAL);
  request.pad = 0;
  EXPECT_EQ(guest.memory_op(XENMEM_acquire_resource, &request), -XEN_EPERM);
}

TEST_F(Physmap, MemoryMaps) {
  MemoryMapEntry entries[] = {{0, 0x9f000, 1}, {0x100000, 0x7f00000, 1}};
  xen_memory_map_t map{2, {entries}};
  EXPECT_EQ(guest.memory_op(XENMEM_memory_map, &map), -XEN_ENOSYS);
  xen_foreign_memory_map_t foreign{1, {2, {entries}}};
  EXPECT_EQ(control.memory_op(XENMEM_set_memory_map, &foreign), 0);
  MemoryMapEntry out[4] = {};
  map = {4, {out}};
  EXPECT_EQ(guest.memory_op(XENMEM_memory_map, &map), 0);
  EXPECT_EQ(map.nr_entries, 2u);
  EXPECT_EQ(std::memcmp(out, entries, sizeof(entries)), 0);
  map.nr_entries = 1;
  EXPECT_EQ(guest.memory_op(XENMEM_memory_map, &map), 0);
  EXPECT_EQ(map.nr_entries, 1u);
  foreign.map.nr_entries = 129;
  EXPECT_EQ(control.memory_op(XENMEM_set_memory_map, &foreign), -XEN_EINVAL);
  foreign = {2, {2, {entries}}};
  EXPECT_EQ(guest.memory_op(XENMEM_set_memory_map, &foreign), -XEN_EPERM);
  EXPECT_EQ(guest.memory_op(XENMEM_machine_memory_map, &map), -XEN_EPERM);
  ASSERT_TRUE(bool(MachineMemory::set_map(entries)));
  EXPECT_EQ(control.memory_op(XENMEM_machine_memory_map, &map), -XEN_EINVAL);  // one does not suffice
  map = {0, {nullptr}};
  EXPECT_EQ(control.memory_op(XENMEM_machine_memory_map, &map), 0);
  EXPECT_EQ(map.nr_entries, 2u);
  EXPECT_EQ(guest.memory_op(XENMEM_maximum_ram_page, nullptr), 0x7fff);
  ASSERT_TRUE(bool(MachineMemory::set_map({})));
}

TEST_F(Physmap, SmallQuestions) {
  xen_pod_target_t target{};
  target.domid = 1;
  EXPECT_EQ(guest.memory_op(XENMEM_get_pod_target, &target), -XEN_EPERM);
  EXPECT_EQ(control.memory_op(XENMEM_get_pod_target, &target), 0);
  EXPECT_EQ(target.tot_pages, u64{Guest::pages});
  EXPECT_EQ(control.memory_op(XENMEM_set_pod_target, &target), 0);
  xen_vnuma_topology_info_t topology{};
  topology.domid = DOMID_SELF;
  EXPECT_EQ(guest.memory_op(XENMEM_get_vnumainfo, &topology), -XEN_EOPNOTSUPP);
  topology.pad = 1;
  EXPECT_EQ(guest.memory_op(XENMEM_get_vnumainfo, &topology), -XEN_EINVAL);
  xen_reserved_device_memory_map_t reserved{};
  reserved.nr_entries = 5;
  EXPECT_EQ(guest.memory_op(XENMEM_reserved_device_memory_map, &reserved), 0);
  EXPECT_EQ(reserved.nr_entries, 0u);
  reserved.flags = 2;
  EXPECT_EQ(guest.memory_op(XENMEM_reserved_device_memory_map, &reserved), -XEN_EINVAL);
  EXPECT_EQ(guest.memory_op(XENMEM_get_sharing_freed_pages, nullptr), 0);
  for (u32 command : {XENMEM_sharing_op, XENMEM_access_op, XENMEM_paging_op})
    EXPECT_EQ(guest.memory_op(command, nullptr), -XEN_EOPNOTSUPP);
  for (u32 command : {XENMEM_machphys_mapping, XENMEM_machphys_mfn_list})
    EXPECT_EQ(guest.memory_op(command, nullptr), -XEN_ENOSYS);
}

}  // namespace
}  // namespace xenolith
