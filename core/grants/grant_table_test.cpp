// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "core/grants/test_guests.hpp"

namespace xenolith {
namespace {

using test::Guest;
using test::LeakCheck;
constexpr u64 hole = 100;

gnttab_setup_table_t setup(Guest& caller, u16 domain, u32 frames, xen_pfn_t* list) {
  gnttab_setup_table_t operation{domain, frames, 0, {list}};
  EXPECT_EQ(caller.grant_op(GNTTABOP_setup_table, &operation), 0);
  return operation;
}

TEST(ActiveSlot, StartsAsZero) {
  alignas(ActiveSlot) std::array<std::byte, sizeof(ActiveSlot)> memory{};
  auto* slot = new (memory.data()) ActiveSlot{};
  EXPECT_TRUE(std::all_of(memory.begin(), memory.end(), [](std::byte byte) { return byte == std::byte{0}; }));
  slot->~ActiveSlot();
}

TEST(GrantTable, SetupGrowsUpToTheLimit) {
  Guest guest{1, {.max_grant_frames = 4}}, other{2}, control{3, {.control = true}};
  xen_pfn_t list[8] = {};
  EXPECT_EQ(setup(guest, DOMID_SELF, 0, list).status, GNTST_okay);
  EXPECT_EQ(setup(guest, DOMID_SELF, 3, list).status, GNTST_okay);
  EXPECT_EQ(guest.table().frame_count(), 3u);
  EXPECT_EQ(list[2], ~xen_pfn_t{0});
  EXPECT_EQ(setup(guest, DOMID_SELF, 5, list).status, GNTST_general_error);
  EXPECT_EQ(setup(guest, 77, 1, list).status, GNTST_bad_domain);
  EXPECT_EQ(setup(other, 1, 1, list).status, GNTST_permission_denied);
  EXPECT_EQ(setup(control, 1, 4, list).status, GNTST_okay);
  EXPECT_EQ(setup(guest, DOMID_SELF, 2, nullptr).status, GNTST_bad_virt_addr);
  gnttab_setup_table_t operation{};
  EXPECT_EQ(guest.grant_op(GNTTABOP_setup_table, &operation, 2), -XEN_EINVAL);
  gnttab_query_size_t query{DOMID_SELF, 0, 0, 0};
  EXPECT_EQ(guest.grant_op(GNTTABOP_query_size, &query), 0);
  EXPECT_EQ(query.nr_frames, 4u);
  EXPECT_EQ(query.max_nr_frames, 4u);
  query.dom = 1;
  other.grant_op(GNTTABOP_query_size, &query);
  EXPECT_EQ(query.status, GNTST_permission_denied);
}

TEST(GrantTable, FramesByIndexGrowTheTable) {
  Guest guest{1, {.max_grant_frames = 16}};
  EXPECT_EQ(guest.table().shared_frame(16).error(), XEN_EINVAL);
  EXPECT_EQ(guest.table().shared_frame(~u64{0}).error(), XEN_EINVAL);
  EXPECT_EQ(guest.table().status_frame(0).error(), XEN_EINVAL);
  EXPECT_TRUE(bool(guest.table().shared_frame(5)));
  EXPECT_EQ(guest.table().frame_count(), 6u);
  EXPECT_EQ(guest.set_version(2), 0);
  EXPECT_TRUE(bool(guest.table().status_frame(1)));
  EXPECT_EQ(guest.table().frame_count(), 16u);
  EXPECT_EQ(guest.table().status_frame(2).error(), XEN_EINVAL);
}

TEST(GrantTable, UnknownCommandsAndCounts) {
  Guest guest{1};
  gnttab_query_size_t query{};
  EXPECT_EQ(guest.grant_op(13, &query), -XEN_ENOSYS);
  EXPECT_EQ(guest.grant_op(GNTTABOP_query_size | 1u << 12, &query), -XEN_EINVAL);
  EXPECT_EQ(guest.grant_op(GNTTABOP_map_grant_ref, &query, 1u << 31), -XEN_EINVAL);
  EXPECT_EQ(guest.grant_op(GNTTABOP_map_grant_ref, nullptr, 0), 0);
  gnttab_transfer_t transfer{};
  EXPECT_EQ(guest.grant_op(GNTTABOP_transfer, &transfer), 0);
  EXPECT_EQ(transfer.status, GNTST_bad_page);
  gnttab_dump_table_t dump{DOMID_SELF, 0};
  guest.grant_op(GNTTABOP_dump_table, &dump);
  EXPECT_EQ(dump.status, GNTST_permission_denied);
}

TEST(GrantVersions, SwitchKeepsReservedEntriesOnly) {
  Guest guest{1};
  guest.grant_v1(0, 5, 6);
  guest.grant_v1(1, 7, 8, GTF_permit_access | GTF_readonly);
  guest.grant_v1(20, 9, 10);
  EXPECT_EQ(guest.set_version(3), -XEN_EINVAL);
  EXPECT_EQ(guest.set_version(0), -XEN_EINVAL);
  EXPECT_EQ(guest.set_version(2), 0);
  EXPECT_EQ(guest.v2()[0].full_page.frame, 6u);
  EXPECT_EQ(guest.v2()[1].hdr.domid, 7);
  EXPECT_EQ(guest.v2()[1].hdr.flags, GTF_permit_access | GTF_readonly);
  EXPECT_EQ(guest.v2()[20].hdr.flags, 0);
  guest.v2()[1].transitive = {{GTF_transitive, 7}, 3, 0, 4};
  EXPECT_EQ(guest.set_version(1), 0);
  EXPECT_EQ(guest.v1()[0].frame, 6u);
  EXPECT_EQ(guest.v1()[1].flags, 0);
  gnttab_get_version_t version{DOMID_SELF, 0, 0};
  EXPECT_EQ(guest.grant_op(GNTTABOP_get_version, &version), 0);
  EXPECT_EQ(version.version, 1u);
  Guest other{2};
  version.dom = 1;
  EXPECT_EQ(other.grant_op(GNTTABOP_get_version, &version), -XEN_EPERM);
  version.dom = 9;
  EXPECT_EQ(other.grant_op(GNTTABOP_get_version, &version), -XEN_ESRCH);
}

TEST(GrantVersions, NoSwitchWhileInUse) {
  Guest granter{1}, mapper{2};
  granter.grant_v1(8, 2, 3);
  auto mapped = mapper.map(1, 8, hole);
  EXPECT_EQ(granter.set_version(2), -XEN_EBUSY);
  EXPECT_EQ(granter.table().version(), GrantVersion::v1);
  EXPECT_EQ(mapper.unmap(mapped.handle, hole), GNTST_okay);
  EXPECT_EQ(granter.set_version(2), 0);
}

TEST(GrantVersions, ALongSwitchIsMadeInStepsInWhichNoUseStarts) {
  Guest granter{1, {.max_grant_frames = 32}}, mapper{2};
  ASSERT_TRUE(bool(granter.table().grow(32)));
  granter.grant_v1(8, 2, 3);
  granter.grant_v1(0, 2, 3);
  EXPECT_FALSE(*granter.table().set_version_step(2));
  EXPECT_EQ(mapper.map(1, 8, hole).status, GNTST_eagain);
  EXPECT_EQ(granter.table().set_version_step(1).error(), XEN_EBUSY) << "another change is under way";
  {
    test::Preempting preempting;
    unsigned repeats = 0;
    gnttab_set_version_t operation{2};
    EXPECT_EQ(granter.grant_op(GNTTABOP_set_version, &operation, 1, &repeats), 0);
    EXPECT_EQ(repeats, 14u) << "8 steps to look, 8 to empty, one of them made above";
  }
  EXPECT_EQ(granter.table().version(), GrantVersion::v2);
  EXPECT_EQ(granter.v2()[0].full_page.frame, 3u);
  granter.grant_v2(8, 2, 3);
  auto mapped = mapper.map(1, 8, hole);
  EXPECT_EQ(mapped.status, GNTST_okay);
  EXPECT_EQ(granter.set_version(1), -XEN_EBUSY);
  EXPECT_EQ(mapper.unmap(mapped.handle, hole), GNTST_okay);
  EXPECT_EQ(granter.set_version(1), 0);
}

TEST(GrantTable, ALongSetupIsPreempted) {
  Guest guest{1, {.max_grant_frames = 32}};
  xen_pfn_t list[32] = {};
  gnttab_setup_table_t operation{DOMID_SELF, 32, 0, {list}};
  test::Preempting preempting;
  unsigned repeats = 0;
  EXPECT_EQ(guest.grant_op(GNTTABOP_setup_table, &operation, 1, &repeats), 0);
  EXPECT_EQ(operation.status, GNTST_okay);
  EXPECT_EQ(guest.table().frame_count(), 32u);
  EXPECT_EQ(repeats, 7u);
}

TEST(GrantVersions, StatusFrames) {
  Guest guest{1};
  u64 list[4] = {};
  gnttab_get_status_frames_t operation{1, DOMID_SELF, 0, {list}};
  guest.grant_op(GNTTABOP_get_status_frames, &operation);
  EXPECT_EQ(operation.status, GNTST_general_error);
  guest.set_version(2);
  guest.grant_op(GNTTABOP_get_status_frames, &operation);
  EXPECT_EQ(operation.status, GNTST_okay);
  EXPECT_EQ(list[0], ~u64{0});
  operation.nr_frames = 2;
  guest.grant_op(GNTTABOP_get_status_frames, &operation);
  EXPECT_EQ(operation.status, GNTST_general_error);
}

TEST(GrantVersions, Version2TellsUseInTheStatusWord) {
  Guest granter{1}, mapper{2};
  ASSERT_EQ(granter.set_version(2), 0);
  granter.grant_v2(8, 2, 3);
  auto mapped = mapper.map(1, 8, hole);
  ASSERT_EQ(mapped.status, GNTST_okay);
  EXPECT_EQ(granter.statuses()[8], GTF_reading | GTF_writing);
  EXPECT_EQ(granter.v2()[8].hdr.flags, GTF_permit_access);
  EXPECT_EQ(mapper.unmap(mapped.handle, hole), GNTST_okay);
  EXPECT_EQ(granter.statuses()[8], 0);
  granter.grant_v2(9, 2, 3, GTF_permit_access | GTF_sub_page);
  granter.v2()[10].transitive = {{GTF_transitive, 2}, 3, 0, 4};
  for (u32 ref : {9, 10}) {
    EXPECT_EQ(mapper.map(1, ref, hole).status, GNTST_general_error);
    EXPECT_EQ(granter.statuses()[ref], 0);
  }
  EXPECT_EQ(mapper.map(1, 256, hole).status, GNTST_bad_gntref);  // entries are larger: fewer fit
}

TEST(GrantSwap, SwapsUnusedEntries) {
  Guest guest{1}, mapper{2};
  guest.grant_v1(8, 2, 3);
  guest.grant_v1(9, 4, 5);
  gnttab_swap_grant_ref_t operation{8, 9, 0};
  EXPECT_EQ(guest.grant_op(GNTTABOP_swap_grant_ref, &operation), 0);
  EXPECT_EQ(operation.status, GNTST_okay);
  EXPECT_EQ(guest.v1()[9].frame, 3u);
  EXPECT_EQ(guest.v1()[8].domid, 4);
  auto mapped = mapper.map(1, 9, hole);
  guest.grant_op(GNTTABOP_swap_grant_ref, &operation);
  EXPECT_EQ(operation.status, GNTST_eagain);
  mapper.unmap(mapped.handle, hole);
  operation = {8, 8, 0};
  guest.grant_op(GNTTABOP_swap_grant_ref, &operation);
  EXPECT_EQ(operation.status, GNTST_okay);
  operation = {8, 9999, 0};
  guest.grant_op(GNTTABOP_swap_grant_ref, &operation);
  EXPECT_EQ(operation.status, GNTST_bad_gntref);
  guest.set_version(2);
  guest.grant_v2(8, 2, 3);
  operation = {8, 9, 0};
  guest.grant_op(GNTTABOP_swap_grant_ref, &operation);
  EXPECT_EQ(guest.v2()[9].full_page.frame, 3u);
  EXPECT_EQ(guest.v2()[8].hdr.flags, 0);
}

TEST(GrantCacheFlush, OnlyOwnAndMappedFrames) {
  Guest granter{1}, mapper{2};
  granter.grant_v1(8, 2, 3);
  auto mapped = mapper.map(1, 8, hole);
  gnttab_cache_flush_t operation{};
  operation.a.dev_bus_addr = mapped.dev_bus_addr;
  operation.length = 64;
  operation.op = GNTTAB_CACHE_CLEAN;
  EXPECT_EQ(mapper.grant_op(GNTTABOP_cache_flush, &operation), 0);
  {
    test::Preempting preempting;
    EXPECT_EQ(mapper.grant_op(GNTTABOP_cache_flush, &operation), 0);
  }
  EXPECT_EQ(granter.grant_op(GNTTABOP_cache_flush, &operation), 0);
  operation.op = GNTTAB_CACHE_INVAL;
  EXPECT_EQ(mapper.grant_op(GNTTABOP_cache_flush, &operation), -XEN_EOPNOTSUPP);
  operation.op = GNTTAB_CACHE_CLEAN;
  operation.offset = 4090;
  EXPECT_EQ(mapper.grant_op(GNTTABOP_cache_flush, &operation), -XEN_EINVAL);
  operation.offset = 0;
  mapper.unmap(mapped.handle, hole);
  EXPECT_EQ(mapper.grant_op(GNTTABOP_cache_flush, &operation), -XEN_EPERM);
  operation.op = GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_SOURCE_GREF;
  EXPECT_EQ(mapper.grant_op(GNTTABOP_cache_flush, &operation), -XEN_EOPNOTSUPP);
  operation.op = 8;
  EXPECT_EQ(mapper.grant_op(GNTTABOP_cache_flush, &operation), -XEN_EINVAL);
}

TEST(GrantDump, NamesUsedEntries) {
  Guest granter{1}, mapper{2};
  granter.grant_v1(8, 2, 3);
  auto mapped = mapper.map(1, 8, hole);
  fake::clear_log();
  dump_grant_tables();
  EXPECT_GE(fake::log_lines().size(), 3u);
  mapper.unmap(mapped.handle, hole);
}

}  // namespace
}  // namespace xenolith
