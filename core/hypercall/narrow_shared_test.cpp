// SPDX-License-Identifier: MIT
// The pages that 32-bit domains share with the hypervisor.
#include "core/events/event_table.hpp"
#include "core/hypercall/narrow_test.hpp"
#include "core/run/vcpu_run.hpp"
#include "core/time/clock.hpp"
#include "core/time/wall_clock.hpp"

namespace xenolith {
namespace {

class NarrowShared : public test::NarrowTest {
 protected:
  compat::shared_info& shared() { return reinterpret_cast<compat::shared_info&>(guest->shared_info()); }
  i32 event_op(u32 operation, u32 offset = 0) { return ask(__HYPERVISOR_event_channel_op, operation, low.address(offset)); }
  u32 bind_ipi() {
    low.put(0, evtchn_bind_ipi{.vcpu = 0, .port = 0});
    return event_op(EVTCHNOP_bind_ipi) == 0 ? low.get<evtchn_bind_ipi>(0).port : 0;
  }
};

TEST_F(NarrowShared, WidthIsLatchedByTheCallersMode) {
  EXPECT_EQ(guest->words(), GuestWordSize::bits64);
  latch();
  EXPECT_EQ(guest->words(), GuestWordSize::bits32);
  EXPECT_EQ(dom0->words(), GuestWordSize::bits64);
  xen_hvm_param_t wide{DOMID_SELF, 0, HVM_PARAM_CALLBACK_IRQ, u64{HVM_PARAM_CALLBACK_TYPE_VECTOR} << 56 | 0xf3};
  auto* place = reinterpret_cast<xen_hvm_param_t*>(u64{low.put(64, wide)});
  EXPECT_EQ(guest_call(__HYPERVISOR_hvm_op, HVMOP_set_param, place), 0);
  EXPECT_EQ(guest->words(), GuestWordSize::bits64);
  latch();
  place->domid = 7;  // the toolstack's mode is none of the guest's
  EXPECT_EQ(call(__HYPERVISOR_hvm_op, HVMOP_set_param, place), 0);
  EXPECT_EQ(guest->words(), GuestWordSize::bits32);
}

TEST_F(NarrowShared, WallClockMovesBehindTheShorterMasks) {
  guest->time_offset_seconds = i64{5} << 32 | 9;
  set_wall_clock({1000, 77}, SystemTime{0});
  latch();
  EXPECT_EQ(shared().wc_version % 2, 0u);
  EXPECT_NE(shared().wc_version, 0u);
  EXPECT_EQ(shared().wc_sec, 1009u);
  EXPECT_EQ(shared().wc_nsec, 77u);
  EXPECT_EQ(shared().arch.wc_sec_hi, 5u);
}

TEST_F(NarrowShared, PortsEndAt1023) {
  latch();
  u32 last = 0;
  while (u32 port = bind_ipi()) last = port;
  EXPECT_EQ(last, 1023u);
  EXPECT_EQ(event_op(EVTCHNOP_bind_ipi), -XEN_ENOSPC);
}

TEST_F(NarrowShared, EventsAreBitsOf32BitWords) {
  latch();
  u32 port = 0;
  while (port < 1000) port = bind_ipi();
  auto* info = reinterpret_cast<compat::vcpu_info*>(&guest.vcpu().info());
  low.put(0, evtchn_send{port});
  EXPECT_EQ(event_op(EVTCHNOP_send), 0);
  EXPECT_EQ(shared().evtchn_pending[port / 32], 1u << port % 32);
  EXPECT_EQ(info->evtchn_pending_sel, 1u << port / 32);
  EXPECT_EQ(info->evtchn_upcall_pending, 1);
  EXPECT_EQ(info->arch.cr2, 0u);  // where the selector of 64-bit guests lies
  // Masked: no selector, until it is unmasked.
  shared().evtchn_pending[port / 32] = 0;
  shared().evtchn_mask[port / 32] = 1u << port % 32;
  info->evtchn_pending_sel = 0;
  EXPECT_EQ(event_op(EVTCHNOP_send), 0);
  EXPECT_EQ(info->evtchn_pending_sel, 0u);
  EXPECT_EQ(event_op(EVTCHNOP_unmask), 0);
  EXPECT_EQ(shared().evtchn_mask[port / 32], 0u);
  EXPECT_EQ(info->evtchn_pending_sel, 1u << port / 32);
}

// Ports beyond the 32-bit layout that were bound before: they are dead, and nothing is written for them.
TEST_F(NarrowShared, LatchingLeavesHigherPortsDead) {
  u32 port = 0;
  while (port < 2000) port = bind_ipi();
  latch();
  low.put(0, evtchn_send{port});
  EXPECT_EQ(event_op(EVTCHNOP_send), 0);
  EXPECT_EQ(guest.vcpu().info().evtchn_upcall_pending, 0);
  low.put(0, evtchn_unmask{port});
  EXPECT_EQ(event_op(EVTCHNOP_unmask), 0);
  low.put(0, evtchn_close{port});
  EXPECT_EQ(event_op(EVTCHNOP_close), 0);
}

TEST_F(NarrowShared, InfoMovesToA4ByteBoundary) {
  latch();
  std::byte* page = guest.populate(Gfn{3});
  vcpu_register_vcpu_info request{.mfn = 3, .offset = 516, .rsvd = 0};
  u32 address = low.put(0, request);
  EXPECT_EQ(ask(__HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, 0, address), 0);
  auto* info = reinterpret_cast<compat::vcpu_info*>(page + 516);
  EXPECT_EQ(info->evtchn_pending_sel, ~u32{0});
  EXPECT_EQ(info->arch.cr2, 0u);
  EXPECT_EQ(info->evtchn_upcall_pending, 1);
}

TEST_F(NarrowShared, RunstateHas44Bytes) {
  EXPECT_EQ(ask(__HYPERVISOR_vcpu_op, VCPUOP_get_runstate_info, 1, low.address(4)), 0);
  EXPECT_EQ(low.get<compat::vcpu_runstate_info>(4).state, RUNSTATE_runnable);
  EXPECT_TRUE(low.is_untouched(0, 4) && low.is_untouched(48, 64));
}

// A kernel fills the half of the union that a handle takes; what is in the other is left from before.
TEST_F(NarrowShared, RunstateAreaIsNamedByAHandle) {
  void* place = mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  low.put(0, std::array<u32, 2>{static_cast<u32>(reinterpret_cast<u64>(place)), 0xdeadbeef});
  // The fake machine knows no page tables: an address outside of frames is a fault, but one of 32 bits.
  EXPECT_EQ(ask(__HYPERVISOR_vcpu_op, VCPUOP_register_runstate_memory_area, 0, low.address()), -XEN_EFAULT);
  low.put(0, std::array<u32, 2>{0, 0xdeadbeef});
  EXPECT_EQ(ask(__HYPERVISOR_vcpu_op, VCPUOP_register_runstate_memory_area, 0, low.address()), 0);
  munmap(place, page_size);
}

// The area itself, registered in the 32-bit layout: 44 bytes that end with their page.
TEST_F(NarrowShared, RunstateAreaIsWrittenInItsLayout) {
  std::byte* page = guest.populate(Gfn{4});
  VcpuRun::SharedRunstate place;
  auto frame = guest->own_writable_frame(Gfn{4});
  ASSERT_TRUE(frame);
  auto mapping = arch::GlobalMapping::create(frame->mfn());
  ASSERT_TRUE(mapping);
  place.first = frame.take();
  place.first_mapping = mapping.take();
  place.offset = page_size - sizeof(compat::vcpu_runstate_info);
  place.words = GuestWordSize::bits32;
  place.active = true;
  u64 offset = place.offset;
  std::memset(page, 0xa5, page_size);
  guest.vcpu().run().share_runstate(std::move(place));
  auto* seen = reinterpret_cast<compat::vcpu_runstate_info*>(page + offset);
  EXPECT_EQ(seen->state, RUNSTATE_runnable);
  EXPECT_EQ(seen->state_entry_time & XEN_RUNSTATE_UPDATE, 0u);
  EXPECT_EQ(page[offset - 1], std::byte{0xa5});
  guest.vcpu().run().share_runstate({});
}

// It has 12 bytes, which may be the last that are mapped.
TEST_F(NarrowShared, SingleShotTimerEndsWithItsFlags) {
  compat::vcpu_set_singleshot_timer request{};
  request.timeout_abs_ns = 1'000'000'000;
  u32 address = low.put(test::LowMemory::size - sizeof(request), request);
  EXPECT_EQ(ask(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, 0, address), 0);
  EXPECT_EQ(guest.vcpu().run().singleshot().deadline().raw(), 1'000'000'000);
  EXPECT_EQ(ask(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, 0, address + 4), -XEN_EFAULT);
}

}  // namespace
}  // namespace xenolith
