// SPDX-License-Identifier: MIT
#include "core/domain/domain.hpp"

#include <arch/fake.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/memory/frame_allocator.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith {
namespace {

constexpr u8 crash = SHUTDOWN_crash, suspend = SHUTDOWN_suspend, reboot = SHUTDOWN_reboot;

Domain::Configuration configuration(u32 vcpus) {
  Domain::Configuration made{};
  made.interface.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
  made.interface.max_vcpus = vcpus;
  made.interface.max_evtchn_port = -1;
  made.interface.max_grant_frames = 8;
  made.interface.max_maptrack_frames = 8;
  made.interface.grant_opts = 2;
  return made;
}

// What a domain may leave behind.
struct Held {
  size_t heap = fake::heap_in_use();
  u64 free_frames = FrameAllocator::free_frames();
  bool operator==(const Held&) const = default;
};

class DomainTest : public ::testing::Test {
 protected:
  DomainTest() {
    fake::TestDomain warm_up{1};  // what stays for good, as the table's chunks, is there from now on
    warm_up->crash(nullptr, "x");
  }
  void SetUp() override {
    quiescent::pass();
    quiescent::pass();
  }
  // The domain's object is freed when the CPUs have passed.
  static Held held_after_pass() {
    quiescent::pass();
    quiescent::pass();
    return {};
  }
};

TEST_F(DomainTest, IsBornPausedWithoutVcpusAndMemory) {
  auto domain = Domain::create(DomainId{7}, configuration(2));
  ASSERT_TRUE(domain);
  EXPECT_EQ((*domain)->pause_count(), 1u);
  EXPECT_EQ((*domain)->control_pauses(), 0u);
  EXPECT_EQ((*domain)->vcpu(VcpuId{0}), nullptr);
  EXPECT_EQ((*domain)->pages().total(), 0u);
  EXPECT_FALSE((*domain)->is_dying() || (*domain)->is_shut_down());
  EXPECT_EQ(DomainTable::find(DomainId{7}), nullptr);
}

TEST_F(DomainTest, RefusesWrongNumbersOfVcpus) {
  EXPECT_EQ(Domain::create(DomainId{7}, configuration(0)).error(), XEN_EINVAL);
  EXPECT_EQ(Domain::create(DomainId{7}, configuration(513)).error(), XEN_EINVAL);
}

TEST_F(DomainTest, CreationThatRunsOutOfMemoryLeavesNothing) {
  Held before = held_after_pass();
  for (int allocation = 0;; ++allocation) {
    ASSERT_LT(allocation, 1000);
    fake::fail_allocation(allocation);
    auto domain = Domain::create(DomainId{7}, configuration(2));
    Result<Vcpu*> vcpu = domain ? (*domain)->build_vcpu(VcpuId{1}) : Result<Vcpu*>{Failure{domain.error()}};
    fake::fail_allocation(-1);
    if (vcpu) break;
    EXPECT_EQ(vcpu.error(), XEN_ENOMEM) << "allocation " << allocation;
    EXPECT_TRUE(!domain || !(*domain)->vcpu(VcpuId{1}));
    domain = Failure{XEN_ENOMEM};
    EXPECT_EQ(held_after_pass(), before) << "allocation " << allocation;
  }
  EXPECT_EQ(held_after_pass(), before);
}

TEST_F(DomainTest, BuildsEachVcpuOnce) {
  fake::TestDomain domain{7, {.vcpus = 2}};
  EXPECT_EQ(*domain->build_vcpu(VcpuId{1}), &domain.vcpu(1));
  EXPECT_EQ(domain->build_vcpu(VcpuId{2}).error(), XEN_EINVAL);
  auto empty = Domain::create(DomainId{8}, configuration(1));
  (*empty)->destroy_step();
  EXPECT_EQ((*empty)->build_vcpu(VcpuId{0}).error(), XEN_EINVAL);
}

TEST_F(DomainTest, PausesNest) {
  fake::TestDomain domain{7};
  Vcpu& vcpu = domain.vcpu();
  EXPECT_TRUE(vcpu.is_runnable());
  domain->pause();
  domain->pause_sync();
  vcpu.pause();
  EXPECT_FALSE(vcpu.is_runnable());
  EXPECT_EQ(vcpu.run().runstate(SystemTime{}).state, RUNSTATE_offline);
  domain->unpause();
  vcpu.unpause();
  EXPECT_FALSE(vcpu.is_runnable());
  domain->unpause();
  EXPECT_TRUE(vcpu.is_runnable());
  EXPECT_EQ(vcpu.run().runstate(SystemTime{}).state, RUNSTATE_runnable);
}

TEST_F(DomainTest, AToolstackCannotUndoOtherPauses) {
  fake::TestDomain domain{7};
  domain->pause();
  EXPECT_EQ(domain->unpause_by_control().error(), XEN_EINVAL);
  for (int n = 0; n < 255; ++n) ASSERT_TRUE(domain->pause_by_control());
  EXPECT_EQ(domain->pause_by_control().error(), XEN_EBUSY);
  EXPECT_EQ(domain->control_pauses(), 255u);
  for (int n = 0; n < 255; ++n) ASSERT_TRUE(domain->unpause_by_control());
  EXPECT_EQ(domain->unpause_by_control().error(), XEN_EINVAL);
  EXPECT_EQ(domain->pause_count(), 1u);
  domain->unpause();
}

TEST_F(DomainTest, ShutsDownOnceWithTheFirstCode) {
  fake::TestDomain domain{7, {.vcpus = 2}};
  domain->shut_down(reboot);
  domain->shut_down(crash);
  EXPECT_TRUE(domain->is_shut_down());
  EXPECT_EQ(domain->shutdown_code(), reboot);
  domain->for_each_vcpu([](Vcpu& vcpu) { EXPECT_FALSE(vcpu.is_runnable()); });
}

TEST_F(DomainTest, ALatchedCodeCountsInsteadOfTheLaterOne) {
  fake::TestDomain domain{7};
  domain->latch_shutdown_code(crash);
  EXPECT_FALSE(domain->is_shut_down());
  domain->shut_down(reboot);
  EXPECT_EQ(domain->shutdown_code(), crash);
}

TEST_F(DomainTest, PowersOffWhenItsLastVcpuIsDown) {
  fake::TestDomain domain{7, {.vcpus = 2}};
  domain.vcpu(1).stop(Vcpu::down);
  domain->note_vcpu_down();
  EXPECT_FALSE(domain->is_shut_down());
  domain.vcpu(0).stop(Vcpu::down);
  domain->note_vcpu_down();
  EXPECT_EQ(domain->shutdown_code(), SHUTDOWN_poweroff);
}

TEST_F(DomainTest, TakesATripleFaultForAReboot) {
  fake::TestDomain domain{7};
  EXPECT_EQ(domain->hvm_params[HVM_PARAM_TRIPLE_FAULT_REASON], reboot);
}

TEST_F(DomainTest, GoesOnAfterASuspend) {
  fake::TestDomain domain{7, {.vcpus = 2}};
  domain.vcpu(1).stop(Vcpu::down);
  domain->shut_down(suspend);
  domain->resume_from_shutdown();
  EXPECT_FALSE(domain->is_shut_down());
  EXPECT_TRUE(domain.vcpu(0).is_runnable());
  EXPECT_FALSE(domain.vcpu(1).is_runnable());
  domain->shut_down(crash);
  EXPECT_EQ(domain->shutdown_code(), crash);
}

TEST_F(DomainTest, ACrashSaysWhyAndShutsDown) {
  fake::TestDomain domain{7};
  fake::clear_log();
  domain->crash(&domain.vcpu(), "it wrote {} to nowhere", 42);
  EXPECT_EQ(domain->shutdown_code(), crash);
  auto& lines = fake::log_lines();
  EXPECT_NE(std::find(lines.begin(), lines.end(), "it wrote 42 to nowhere"), lines.end());
}

TEST_F(DomainTest, DestructionLeavesNothing) {
  Held before = held_after_pass();
  {
    fake::TestDomain domain{7, {.vcpus = 3, .max_pages = 700}};
    for (u64 gfn = 0; gfn < 600; ++gfn) domain.populate(Gfn{gfn});
    domain.vcpu(1).run().set_periodic(milliseconds(1));
    domain.vcpu(2).run().singleshot().set(SystemTime{} + seconds(1));
    auto frame = domain->own_writable_frame(Gfn{5});
    ASSERT_TRUE(frame && domain.vcpu(2).move_info(frame.take(), 64));
    int steps = 0;
    while (domain->destroy_step()) ASSERT_LT(++steps, 1000);
    EXPECT_GT(steps, 2);
    EXPECT_TRUE(domain->is_dying());
    EXPECT_EQ(domain->pages().total(), 0u);
    EXPECT_FALSE(domain.vcpu(0).is_runnable());
    EXPECT_FALSE(domain->destroy_step());
  }
  EXPECT_EQ(held_after_pass(), before);
}

// A mapping of somebody else's keeps a frame, not the domain's whole memory.
TEST_F(DomainTest, AFrameInUseElsewhereOutlivesItsDomain) {
  Held before = held_after_pass();
  FrameRef held;
  {
    fake::TestDomain domain{7};
    domain.populate(Gfn{0});
    domain.populate(Gfn{1});
    held = domain->own_writable_frame(Gfn{1}).take();
  }
  EXPECT_EQ(held_after_pass().free_frames, before.free_frames - 1);
  held = FrameRef{};
  { FrameRef gone = std::move(held); }
  EXPECT_EQ(held_after_pass(), before);
}

}  // namespace
}  // namespace xenolith
