// SPDX-License-Identifier: MIT
#include "core/domain/vcpu.hpp"

#include <arch/fake.hpp>
#include <gtest/gtest.h>

#include "core/domain/domain.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith {
namespace {

class VcpuTest : public ::testing::Test {
 protected:
  VcpuTest() { fake::take_calls(vcpu); }

  fake::TestDomain domain{7, {.vcpus = 40}};
  Vcpu& vcpu = domain.vcpu(0);
};

TEST_F(VcpuTest, RunsWhenNoReasonNotToIsLeft) {
  vcpu.stop(Vcpu::blocked);
  vcpu.stop(Vcpu::down);
  EXPECT_FALSE(vcpu.is_runnable());
  EXPECT_TRUE(vcpu.resume_if_stopped(Vcpu::blocked));
  EXPECT_FALSE(vcpu.resume_if_stopped(Vcpu::blocked));
  EXPECT_FALSE(vcpu.is_runnable());
  vcpu.resume(Vcpu::down);
  EXPECT_TRUE(vcpu.is_runnable());
}

TEST_F(VcpuTest, StatesAreTimed) {
  fake::set_time(SystemTime{100});
  vcpu.stop(Vcpu::blocked);
  fake::set_time(SystemTime{350});
  vcpu.resume(Vcpu::blocked);
  auto now = vcpu.run().runstate(SystemTime{400});
  EXPECT_EQ(now.state, RUNSTATE_runnable);
  EXPECT_EQ(now.state_entry_time, 350u);
  EXPECT_EQ(now.time[RUNSTATE_blocked], 250u);
  EXPECT_EQ(now.time[RUNSTATE_running], 0u);
  fake::set_time(SystemTime{});
}

TEST_F(VcpuTest, AKickWakesAWaitingOneAndInterruptsAnother) {
  for (auto reason : {Vcpu::blocked, Vcpu::polling}) {
    vcpu.stop(reason);
    vcpu.kick();
    EXPECT_TRUE(vcpu.is_runnable());
    EXPECT_EQ(fake::take_calls(vcpu).interrupts, 0u);
  }
  vcpu.kick();
  EXPECT_EQ(fake::take_calls(vcpu).interrupts, 1u);
}

TEST_F(VcpuTest, AnUpcallIsRaisedOnceUntilTaken) {
  vcpu.raise_upcall();
  vcpu.raise_upcall();
  EXPECT_TRUE(vcpu.upcall_pending());
  EXPECT_EQ(fake::take_calls(vcpu).upcalls, 1u);
  vcpu.info().evtchn_upcall_pending = 0;
  vcpu.raise_upcall();
  EXPECT_EQ(fake::take_calls(vcpu).upcalls, 1u);
}

TEST_F(VcpuTest, InformationOfHighVcpusIsTheHypervisorsUntilRegistered) {
  EXPECT_EQ(&vcpu.info(), &domain->shared_info().vcpu_info[0]);
  auto* shared = reinterpret_cast<std::byte*>(&domain->shared_info());
  auto* high = reinterpret_cast<std::byte*>(&domain.vcpu(XEN_LEGACY_MAX_VCPUS).info());
  EXPECT_TRUE(high < shared || high >= shared + page_size);
}

TEST_F(VcpuTest, InformationMovesOnceWithItsContents) {
  std::byte* page = domain.populate(Gfn{1});
  vcpu.info().evtchn_upcall_mask = 1;
  ASSERT_TRUE(vcpu.move_info(domain->own_writable_frame(Gfn{1}).take(), 128));
  EXPECT_EQ(static_cast<void*>(&vcpu.info()), page + 128);
  EXPECT_EQ(vcpu.info().evtchn_upcall_mask, 1);
  EXPECT_EQ(vcpu.info().evtchn_pending_sel, ~xen_ulong_t{0});
  EXPECT_TRUE(vcpu.upcall_pending());
  EXPECT_EQ(vcpu.move_info(domain->own_writable_frame(Gfn{1}).take(), 256).error(), XEN_EINVAL);
  vcpu.reset_info();
  EXPECT_EQ(&vcpu.info(), &domain->shared_info().vcpu_info[0]);
}

TEST_F(VcpuTest, InformationLiesAlignedInsideOnePage) {
  domain.populate(Gfn{1});
  for (u64 offset : {u64{4}, page_size - sizeof(vcpu_info) + 8, page_size, ~u64{7}})
    EXPECT_EQ(vcpu.move_info(domain->own_writable_frame(Gfn{1}).take(), offset).error(), XEN_EINVAL) << offset;
  EXPECT_TRUE(vcpu.move_info(domain->own_writable_frame(Gfn{1}).take(), page_size - sizeof(vcpu_info)));
}

}  // namespace
}  // namespace xenolith
