// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "core/grants/grant_mapping.hpp"
#include "core/grants/test_guests.hpp"

namespace xenolith {
namespace {

using test::Guest;
using test::LeakCheck;
constexpr u64 hole = 100;  // a guest frame with nothing there

class GrantMap : public testing::Test {
 protected:
  Guest granter{1}, mapper{2};
  P2mEntry at(u64 gfn) { return mapper.domain->p2m().lookup(Gfn{gfn}); }
  P2mEntry granted(u64 gfn) { return granter.domain->p2m().lookup(Gfn{gfn}); }
};

TEST_F(GrantMap, MapsForWritingAndUnmaps) {
  granter.grant_v1(8, 2, 3);
  auto mapped = mapper.map(1, 8, hole);
  ASSERT_EQ(mapped.status, GNTST_okay);
  EXPECT_EQ(at(hole).type, P2mType::grant_writable);
  EXPECT_EQ(at(hole).mfn, granted(3).mfn);
  EXPECT_EQ(mapped.dev_bus_addr, address_of(granted(3).mfn).raw());
  EXPECT_EQ(granter.v1()[8].flags, GTF_permit_access | GTF_reading | GTF_writing);
  fake::take_p2m_flushes();
  EXPECT_EQ(mapper.unmap(mapped.handle, hole), GNTST_okay);
  EXPECT_GE(fake::take_p2m_flushes(), 1u);
  EXPECT_EQ(at(hole).type, P2mType::none);
  EXPECT_EQ(granter.v1()[8].flags, GTF_permit_access);
  EXPECT_EQ(mapper.unmap(mapped.handle, hole), GNTST_bad_handle);
  EXPECT_EQ(mapper.table().maptrack().used(), 0u);
}

TEST_F(GrantMap, ReadOnlyMappingLeavesWritingBitAlone) {
  granter.grant_v1(8, 2, 3, GTF_permit_access | GTF_readonly);
  EXPECT_EQ(mapper.map(1, 8, hole).status, GNTST_general_error);
  EXPECT_EQ(granter.v1()[8].flags, GTF_permit_access | GTF_readonly);
  auto mapped = mapper.map(1, 8, hole, GNTMAP_host_map | GNTMAP_readonly);
  ASSERT_EQ(mapped.status, GNTST_okay);
  EXPECT_EQ(at(hole).type, P2mType::grant_read_only);
  EXPECT_EQ(granter.v1()[8].flags, GTF_permit_access | GTF_readonly | GTF_reading);
  EXPECT_EQ(mapper.unmap(mapped.handle, hole), GNTST_okay);
}

TEST_F(GrantMap, WritingBitGoesWithTheLastWriter) {
  granter.grant_v1(8, 2, 3);
  auto reader = mapper.map(1, 8, hole, GNTMAP_host_map | GNTMAP_readonly);
  auto writer = mapper.map(1, 8, hole + 1);
  EXPECT_EQ(granter.v1()[8].flags, GTF_permit_access | GTF_reading | GTF_writing);
  EXPECT_EQ(mapper.unmap(writer.handle, hole + 1), GNTST_okay);
  EXPECT_EQ(granter.v1()[8].flags, GTF_permit_access | GTF_reading);
  EXPECT_EQ(mapper.unmap(reader.handle, hole), GNTST_okay);
  EXPECT_EQ(granter.v1()[8].flags, GTF_permit_access);
}

TEST_F(GrantMap, RefusesWhatIsWrong) {
  granter.grant_v1(8, 2, 3);
  granter.grant_v1(9, 3, 3);                                 // for somebody else
  granter.grant_v1(10, 2, 50);                               // no frame there
  granter.grant_v1(11, 2, 3, GTF_permit_access | GTF_PCD);
  granter.grant_v1(12, 2, 3, GTF_accept_transfer);
  granter.grant_v1(13, 2, 3, GTF_invalid);
  granter.grant_v1(14, 2, 3, GTF_transitive);
  EXPECT_EQ(mapper.map(7, 8, hole).status, GNTST_bad_domain);
  EXPECT_EQ(mapper.map(DOMID_SELF, 8, hole).status, GNTST_bad_domain);
  EXPECT_EQ(mapper.map(1, 512, hole).status, GNTST_bad_gntref);
  EXPECT_EQ(mapper.map(1, ~0u, hole).status, GNTST_bad_gntref);
  EXPECT_EQ(mapper.map(1, 10, hole).status, GNTST_bad_page);
  for (u32 ref : {9, 11, 12, 13, 14}) EXPECT_EQ(mapper.map(1, ref, hole).status, GNTST_general_error) << ref;
  EXPECT_EQ(mapper.map(1, 8, hole, 0).status, GNTST_bad_gntref);
  for (u32 flag : {GNTMAP_device_map, GNTMAP_application_map, GNTMAP_contains_pte})
    EXPECT_EQ(mapper.map(1, 8, hole, GNTMAP_host_map | flag).status, GNTST_general_error);
  for (u32 ref = 8; ref < 15; ++ref) EXPECT_FALSE(granter.v1()[ref].flags & (GTF_reading | GTF_writing)) << ref;
  EXPECT_EQ(mapper.table().maptrack().used(), 0u);
}

TEST_F(GrantMap, HandlesAndAddressesAreChecked) {
  granter.grant_v1(8, 2, 3);
  auto mapped = mapper.map(1, 8, hole);
  EXPECT_EQ(mapper.unmap(mapped.handle, hole + 1), GNTST_general_error);
  EXPECT_EQ(mapper.unmap(mapped.handle + 1, hole), GNTST_bad_handle);
  EXPECT_EQ(mapper.unmap(~0u, hole), GNTST_bad_handle);
  EXPECT_EQ(mapper.unmap(mapped.handle, 0), GNTST_okay);  // names no address: unmaps nothing
  EXPECT_EQ(at(hole).type, P2mType::grant_writable);
  EXPECT_EQ(mapper.map(1, 8, hole).status, GNTST_general_error);  // a grant is there
  EXPECT_EQ(mapper.unmap(mapped.handle, hole), GNTST_okay);
}

TEST_F(GrantMap, UnmapAndReplaceIsUnmapWithoutReplacement) {
  granter.grant_v1(8, 2, 3);
  auto mapped = mapper.map(1, 8, hole);
  gnttab_unmap_and_replace_t operation{hole << page_shift, 0x1000, mapped.handle, 0};
  EXPECT_EQ(mapper.grant_op(GNTTABOP_unmap_and_replace, &operation), 0);
  EXPECT_EQ(operation.status, GNTST_general_error);
  operation.new_addr = 0;
  mapper.grant_op(GNTTABOP_unmap_and_replace, &operation);
  EXPECT_EQ(operation.status, GNTST_okay);
  mapper.grant_op(GNTTABOP_unmap_and_replace, &operation);
  EXPECT_EQ(operation.status, GNTST_bad_handle);
}

TEST_F(GrantMap, OverRamAndBack) {
  granter.grant_v1(8, 2, 3);
  auto mapped = mapper.map(1, 8, 5);
  EXPECT_EQ(mapped.status, GNTST_okay);
  EXPECT_EQ(mapper.unmap(mapped.handle, 5), GNTST_okay);
  EXPECT_EQ(at(5).type, P2mType::none);
}

TEST_F(GrantMap, BatchHasOneStatusEachAndSurvivesPreemption) {
  for (bool preempt : {false, true}) {
    gnttab_map_grant_ref_t maps[80] = {};
    for (u32 i = 0; i < 80; ++i) {
      if (i % 3) granter.grant_v1(8 + i, 2, i % Guest::pages);
      maps[i] = {(hole + i) << page_shift, GNTMAP_host_map, 8 + i, 1, 0, 0, 0};
    }
    std::optional<test::Preempting> preempting;
    if (preempt) preempting.emplace();
    unsigned repeats = 0;
    EXPECT_EQ(mapper.grant_op(GNTTABOP_map_grant_ref, maps, 80, &repeats), 0);
    if (preempt) {
      EXPECT_EQ(repeats, 79u);
    }
    gnttab_unmap_grant_ref_t unmaps[80] = {};
    for (u32 i = 0; i < 80; ++i) {
      EXPECT_EQ(maps[i].status, i % 3 ? GNTST_okay : GNTST_general_error) << i;
      unmaps[i] = {maps[i].host_addr, 0, i % 3 ? maps[i].handle : 100000 + i, 0};
    }
    EXPECT_EQ(mapper.grant_op(GNTTABOP_unmap_grant_ref, unmaps, 80), 0);
    for (u32 i = 0; i < 80; ++i) EXPECT_EQ(unmaps[i].status, i % 3 ? GNTST_okay : GNTST_bad_handle) << i;
  }
  EXPECT_EQ(mapper.table().maptrack().used(), 0u);
}

TEST_F(GrantMap, FaultsInTheBatchKeepWhatIsDone) {
  for (u32 i = 0; i < 4; ++i) granter.grant_v1(8 + i, 2, i);
  gnttab_map_grant_ref_t maps[4] = {};
  for (u32 i = 0; i < 4; ++i) maps[i] = {(hole + i) << page_shift, GNTMAP_host_map, 8 + i, 1, 0, 0, 0};
  test::open_guest_memory();
  fake::fail_guest_copy(4);  // the read of the third
  EXPECT_EQ(mapper.grant_op(GNTTABOP_map_grant_ref, maps, 4), -XEN_EFAULT);
  EXPECT_EQ(mapper.table().maptrack().used(), 2u);
  gnttab_unmap_grant_ref_t unmaps[2] = {{maps[0].host_addr, 0, maps[0].handle, 0}, {maps[1].host_addr, 0, maps[1].handle, 0}};
  fake::fail_guest_copy(1);
  EXPECT_EQ(mapper.grant_op(GNTTABOP_unmap_grant_ref, unmaps, 2), -XEN_EFAULT);
  EXPECT_EQ(mapper.table().maptrack().used(), 1u);
  fake::fail_guest_copy(-1);
  EXPECT_EQ(mapper.grant_op(GNTTABOP_map_grant_ref, nullptr, 1), -XEN_EFAULT);
  EXPECT_EQ(mapper.unmap(maps[1].handle, hole + 1), GNTST_okay);
}

TEST(GrantLimits, HandlesRunOut) {
  Guest granter{1}, mapper{2, {.max_maptrack_frames = 0}};
  granter.grant_v1(8, 2, 3);
  EXPECT_EQ(mapper.map(1, 8, hole).status, GNTST_no_space);
  EXPECT_EQ(granter.v1()[8].flags, GTF_permit_access);
  Guest small{3, {.max_maptrack_frames = 1}};
  granter.grant_v1(9, 3, 3);
  for (u32 i = 0; i < Maptrack::mappings_per_frame; ++i) ASSERT_EQ(small.map(1, 9, hole + i).status, GNTST_okay);
  EXPECT_EQ(small.map(1, 9, hole + 1000).status, GNTST_no_space);
}

TEST(GrantLimits, TheLastHandlesAreTakenFromOtherCpus) {
  Guest granter{1}, mapper{2, {.max_maptrack_frames = 1}};
  granter.grant_v1(8, 2, 3);
  auto first = mapper.map(1, 8, hole);
  arch::fake::current_cpu = CpuId{1};
  auto second = mapper.map(1, 8, hole + 1);
  EXPECT_EQ(first.status, GNTST_okay);
  EXPECT_EQ(second.status, GNTST_okay) << "no frame is left, but CPU 0 has handles";
  EXPECT_EQ(mapper.table().maptrack().used(), 2u);
  EXPECT_EQ(mapper.unmap(first.handle, hole), GNTST_okay);
  arch::fake::current_cpu = CpuId{0};
  EXPECT_EQ(mapper.unmap(second.handle, hole + 1), GNTST_okay);
  EXPECT_EQ(mapper.table().maptrack().used(), 0u);
}

TEST(GrantLifetime, DeadGrantersFrameStaysUntilUnmapped) {
  LeakCheck leaks;
  {
    Guest mapper{2};
    std::optional<Guest> granter{std::in_place, 1};
    granter->memory[3][0] = std::byte{0x5a};
    granter->grant_v1(8, 2, 3);
    auto mapped = mapper.map(1, 8, hole);
    ASSERT_EQ(mapped.status, GNTST_okay);
    u64 free = FrameAllocator::free_frames();
    granter.reset();
    LeakCheck::settle();
    EXPECT_EQ(FrameAllocator::free_frames(), free + Guest::pages - 1);
    GuestFrame still = mapper.domain->frame(Gfn{hole}).take();
    EXPECT_EQ(arch::FrameMapping{still.frame.mfn()}.bytes()[0], std::byte{0x5a});
    still.frame = FrameRef{};
    EXPECT_EQ(mapper.unmap(mapped.handle, hole), GNTST_okay);
    EXPECT_EQ(FrameAllocator::free_frames(), free + Guest::pages);
  }
  EXPECT_TRUE(leaks.is_clean());
}

TEST(GrantLifetime, DyingMapperLetsGo) {
  LeakCheck leaks;
  {
    Guest granter{1};
    granter.grant_v1(8, 2, 3);
    {
      Guest mapper{2};
      for (u32 i = 0; i < 600; ++i) ASSERT_EQ(mapper.map(1, 8, hole + i).status, GNTST_okay);
    }
    EXPECT_EQ(granter.v1()[8].flags, GTF_permit_access);
  }
  EXPECT_TRUE(leaks.is_clean());
}

TEST(GrantFailures, EveryAllocationMayFail) {
  LeakCheck leaks;
  {
    Guest granter{1}, mapper{2};
    granter.grant_v1(8, 2, 3);
    for (int n = 0;; ++n) {
      ASSERT_LT(n, 20);
      fake::fail_allocation(n);
      auto mapped = mapper.map(1, 8, hole);
      fake::fail_allocation(-1);
      if (mapped.status == GNTST_okay) {
        EXPECT_EQ(mapper.unmap(mapped.handle, hole), GNTST_okay);
        break;
      }
      EXPECT_EQ(granter.v1()[8].flags, GTF_permit_access);
      EXPECT_EQ(mapper.table().maptrack().used(), 0u);
    }
  }
  for (int n = 0; n < 60; ++n) {
    fake::fail_allocation(n);
    try {
      fake::TestDomain domain{5};
      fake::fail_allocation(-1);
    } catch (const std::exception&) {
      fake::fail_allocation(-1);
    }
  }
  EXPECT_TRUE(leaks.is_clean());
}

}  // namespace
}  // namespace xenolith
