// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "core/grants/test_guests.hpp"
#include "core/memory_operations/guest_memory.hpp"

namespace xenolith {
namespace {

using test::Guest;
using test::LeakCheck;

xen_memory_reservation_t reservation(xen_pfn_t* extents, u64 count, u32 order = 0, domid_t domain = DOMID_SELF,
                                     u32 flags = 0) {
  xen_memory_reservation_t request{};
  request.extent_start.p = extents;
  request.nr_extents = count;
  request.extent_order = order;
  request.mem_flags = flags;
  request.domid = domain;
  return request;
}

class Reservation : public testing::Test {
 protected:
  Guest guest{1, {.max_pages = 2048}};
  P2mEntry at(u64 gfn) { return guest.domain->p2m().lookup(Gfn{gfn}); }
  i64 run(u32 command, xen_memory_reservation_t request) { return guest.memory_op(command, &request); }
  u64 total() { return guest.domain->pages().total(); }
};

TEST_F(Reservation, PopulateAndDecrease) {
  xen_pfn_t frames[20];
  for (u32 i = 0; i < 20; ++i) frames[i] = 200 + i;
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(frames, 20)), 20);
  EXPECT_EQ(total(), Guest::pages + 20u);
  EXPECT_EQ(at(219).type, P2mType::ram);
  xen_memory_domain self{DOMID_SELF};
  EXPECT_EQ(guest.memory_op(XENMEM_current_reservation, &self), i64(Guest::pages + 20));
  EXPECT_EQ(guest.memory_op(XENMEM_maximum_reservation, &self), 2048);
  EXPECT_EQ(guest.memory_op(XENMEM_maximum_gpfn, &self), 219);
  {
    test::Preempting preempting;
    unsigned repeats = 0;
    auto request = reservation(frames, 20);
    EXPECT_EQ(guest.memory_op(XENMEM_decrease_reservation, &request, &repeats), 20);
    EXPECT_EQ(repeats, 19u);
  }
  EXPECT_EQ(total(), u64{Guest::pages});
  EXPECT_EQ(at(200).type, P2mType::none);
  EXPECT_EQ(run(XENMEM_decrease_reservation, reservation(frames, 20)), 0);
}

TEST_F(Reservation, LargeExtents) {
  xen_pfn_t frames[] = {512, 1024 + 8};
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(frames, 1, 9)), 1);
  EXPECT_EQ(at(1023).type, P2mType::ram);
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(frames + 1, 1, 3)), 1);
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(frames + 1, 1, 4)), 0);   // not aligned
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(frames, 1, 18)), 0);
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(frames, 1, 99)), 0);
  EXPECT_EQ(run(XENMEM_decrease_reservation, reservation(frames, 1, 9)), 1);
  EXPECT_EQ(total(), Guest::pages + 8u);
}

TEST_F(Reservation, WrongArgumentsDoNothing) {
  Guest other{2};
  xen_pfn_t frames[] = {300};
  EXPECT_EQ(guest.memory_op(XENMEM_populate_physmap, nullptr), 0);
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(nullptr, 1)), 0);
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(frames, 0)), 0);
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(frames, ~u64{0})), 0);
  EXPECT_EQ(run(XENMEM_populate_physmap | 5 << 6, reservation(frames, 1)), 5);
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(frames, 1, 0, 99)), 0);
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(frames, 1, 0, 2)), -XEN_EPERM);
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(frames, 1, 0, DOMID_SELF, XENMEMF_populate_on_demand)), 0);
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(frames, 1, 0, DOMID_SELF, XENMEMF_address_bits(13))), 0);
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(frames, 1, 0, DOMID_SELF, XENMEMF_exact_node(3))), 0);
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(frames, 1, 0, DOMID_SELF, XENMEMF_exact_node(0))), 1);
  EXPECT_EQ(run(XENMEM_increase_reservation, reservation(frames, 1)), 0);
  EXPECT_EQ(run(XENMEM_exchange, reservation(frames, 1)), -XEN_EOPNOTSUPP);
  EXPECT_EQ(guest.memory_op(63, nullptr), -XEN_ENOSYS);
  xen_memory_domain who{99};
  EXPECT_EQ(guest.memory_op(XENMEM_current_reservation, &who), -XEN_ESRCH);
  who.domid = 2;
  EXPECT_EQ(guest.memory_op(XENMEM_current_reservation, &who), -XEN_EPERM);
}

TEST_F(Reservation, MaximumHolds) {
  guest.domain->pages().set_maximum(Guest::pages + 2);
  xen_pfn_t frames[] = {200, 201, 202};
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(frames, 3)), 2);
}

TEST_F(Reservation, GrantMappingsAreNotRemoved) {
  Guest granter{2};
  granter.grant_v1(8, 1, 3);
  auto mapped = guest.map(2, 8, 200);
  ASSERT_EQ(mapped.status, GNTST_okay);
  xen_pfn_t frames[] = {200};
  EXPECT_EQ(run(XENMEM_decrease_reservation, reservation(frames, 1)), 0);
  EXPECT_EQ(run(XENMEM_populate_physmap, reservation(frames, 1)), 0);
  xen_remove_from_physmap_t remove{DOMID_SELF, 200};
  EXPECT_EQ(guest.memory_op(XENMEM_remove_from_physmap, &remove), -XEN_EPERM);
  EXPECT_EQ(guest.unmap(mapped.handle, 200), GNTST_okay);
}

TEST_F(Reservation, FailedAllocationsLeakNothing) {
  u64 before = total(), free = FrameAllocator::free_frames();
  xen_pfn_t frames[] = {256};
  for (int n = 0;; ++n) {
    fake::fail_allocation(n);
    i64 done = run(XENMEM_populate_physmap, reservation(frames, 1, 4));
    fake::fail_allocation(-1);
    if (done == 1) break;
    EXPECT_EQ(total(), before) << n;
    ASSERT_LT(n, 50);
  }
  EXPECT_EQ(FrameAllocator::free_frames(), free - 16);
}

// The hardware domain's RAM lies where the machine has it, and comes back there.
TEST(HardwareDomain, BalloonsDownAndUpToTheSameFrame) {
  LeakCheck leaks;
  {
    fake::TestDomain domain{0, {.control = true, .hardware = true}};
    test::open_guest_memory();
    Mfn mfn = domain->pages().allocate(0).take();
    domain->p2m().set(identity_gfn(mfn), mfn, 0, P2mType::ram).take().settle();
    xen_pfn_t frames[] = {mfn.raw()};
    auto request = reservation(frames, 1);
    auto run = [&](u32 command, void* argument) { return test::call(memory_op, domain.vcpu(), command, argument, 0); };
    EXPECT_EQ(run(XENMEM_populate_physmap, &request), 0);  // is there
    EXPECT_EQ(run(XENMEM_decrease_reservation, &request), 1);
    EXPECT_EQ(domain->p2m().lookup(identity_gfn(mfn)).type, P2mType::none);
    xen_memory_domain self{DOMID_SELF};
    EXPECT_EQ(run(XENMEM_current_reservation, &self), 0);
    EXPECT_EQ(run(XENMEM_populate_physmap, &request), 1);
    EXPECT_EQ(domain->p2m().lookup(identity_gfn(mfn)).mfn, mfn);
    EXPECT_EQ(run(XENMEM_current_reservation, &self), 1);
    frames[0] = 5;  // no RAM of its own is there
    EXPECT_EQ(run(XENMEM_populate_physmap, &request), 0);

    Guest granter{2};
    granter.grant_v1(8, 0, 3);
    gnttab_map_grant_ref_t map{mfn.raw() << page_shift, GNTMAP_host_map, 8, 2, 0, 0, 0};
    test::call(grant_table_op, domain.vcpu(), GNTTABOP_map_grant_ref, &map, 1);
    ASSERT_EQ(map.status, GNTST_okay);
    EXPECT_EQ(run(XENMEM_current_reservation, &self), 0);
    gnttab_unmap_grant_ref_t unmap{map.host_addr, 0, map.handle, 0};
    test::call(grant_table_op, domain.vcpu(), GNTTABOP_unmap_grant_ref, &unmap, 1);
    frames[0] = mfn.raw();
    EXPECT_EQ(run(XENMEM_populate_physmap, &request), 1);
    EXPECT_EQ(domain->p2m().lookup(identity_gfn(mfn)).mfn, mfn);
  }
  EXPECT_TRUE(leaks.is_clean());
}

TEST(Claims, KeepMemoryFree) {
  Guest control{1, {.control = true}}, guest{2, {.max_pages = 100000}}, other{3};
  auto claim = [&](Guest& caller, u64 frames, domid_t domain) {
    auto request = reservation(nullptr, frames, 0, domain);
    return caller.memory_op(XENMEM_claim_pages, &request);
  };
  u64 free = FrameAllocator::free_frames();
  EXPECT_EQ(claim(other, 20, 3), -XEN_EPERM);
  EXPECT_EQ(claim(control, 20, 99), -XEN_ESRCH);
  EXPECT_EQ(claim(control, 4, 2), -XEN_EINVAL);  // it has more
  EXPECT_EQ(claim(control, free + 100, 2), -XEN_ENOMEM);
  EXPECT_EQ(claim(control, free + Guest::pages, 2), 0);
  EXPECT_EQ(claim(control, 20, 2), -XEN_EINVAL);  // one claim at a time
  xen_pfn_t frames[] = {300};
  auto request = reservation(frames, 1);
  EXPECT_EQ(other.memory_op(XENMEM_populate_physmap, &request), 0);
  EXPECT_EQ(guest.memory_op(XENMEM_populate_physmap, &request), 1);
  EXPECT_EQ(GuestMemory::all_claims(), free - 1);
  EXPECT_EQ(claim(control, 0, 2), 0);
  EXPECT_EQ(GuestMemory::all_claims(), 0u);
  EXPECT_EQ(other.memory_op(XENMEM_populate_physmap, &request), 1);
}

}  // namespace
}  // namespace xenolith
