// SPDX-License-Identifier: MIT
#include <arch/fake.hpp>
#include <gtest/gtest.h>

#include <utility>

#include "core/domain/domain.hpp"
#include "core/memory/frame_allocator.hpp"

namespace xenolith {
namespace {

class FlushDebtTest : public ::testing::Test {
 protected:
  FlushDebtTest() { fake::take_p2m_flushes(); }

  // A frame that nobody but the reference holds.
  FrameRef lone_frame() {
    auto mfn = domain->pages().allocate(0);
    FrameRef ref = FrameRef::get(*mfn, domain->id());
    EXPECT_TRUE(domain->pages().release(ref.entry()));
    return ref;
  }

  fake::TestDomain domain{7}, other{8};
  u64 free_before = FrameAllocator::free_frames();
};

TEST_F(FlushDebtTest, FramesAreFreedAfterTheFlush) {
  FlushDebt debt{*domain};
  debt.add(lone_frame());
  EXPECT_EQ(FrameAllocator::free_frames(), free_before - 1);
  EXPECT_EQ(fake::take_p2m_flushes(), 0u);
  debt.settle();
  EXPECT_EQ(FrameAllocator::free_frames(), free_before);
  EXPECT_EQ(fake::take_p2m_flushes(), 1u);
  debt.settle();
  EXPECT_EQ(fake::take_p2m_flushes(), 0u);
}

TEST_F(FlushDebtTest, ADroppedDebtIsSettled) {
  {
    FlushDebt debt{*domain};
    debt.add(lone_frame());
  }
  EXPECT_EQ(FrameAllocator::free_frames(), free_before);
  EXPECT_EQ(fake::take_p2m_flushes(), 1u);
  { FlushDebt none; }
  EXPECT_EQ(fake::take_p2m_flushes(), 0u);
}

TEST_F(FlushDebtTest, AMovedDebtIsOwedOnce) {
  FlushDebt debt{*domain};
  debt.add(lone_frame());
  FlushDebt second = std::move(debt);
  debt.settle();
  EXPECT_EQ(fake::take_p2m_flushes(), 0u);
  EXPECT_TRUE(second.owed());
  FlushDebt third{*other};
  third = std::move(second);  // pays what it replaces
  EXPECT_EQ(fake::take_p2m_flushes(), 1u);
  EXPECT_EQ(FrameAllocator::free_frames(), free_before - 1);
  third.settle();
  EXPECT_EQ(FrameAllocator::free_frames(), free_before);
}

TEST_F(FlushDebtTest, MergedDebtsOfADomainShareAFlush) {
  FlushDebt debt{*domain};
  for (int n = 0; n < 8; ++n) {
    FlushDebt more{*domain};
    more.add(lone_frame());
    debt.merge(std::move(more));
  }
  EXPECT_EQ(fake::take_p2m_flushes(), 0u);
  debt.settle();
  EXPECT_EQ(fake::take_p2m_flushes(), 1u);
  EXPECT_EQ(FrameAllocator::free_frames(), free_before);
}

TEST_F(FlushDebtTest, AnothersDebtIsSettledAtOnce) {
  FlushDebt debt{*domain};
  debt.merge(FlushDebt{*other});
  EXPECT_EQ(fake::take_p2m_flushes(), 1u);
  FlushDebt none;
  none.merge(std::move(debt));
  EXPECT_TRUE(none.owed());
  EXPECT_EQ(fake::take_p2m_flushes(), 0u);
}

TEST_F(FlushDebtTest, AFullDebtIsSettledAndGoesOn) {
  FlushDebt debt{*domain};
  for (int n = 0; n < 40; ++n) debt.add(lone_frame());
  EXPECT_EQ(fake::take_p2m_flushes(), 2u);
  EXPECT_EQ(FrameAllocator::free_frames(), free_before - 8);
  debt.settle();
  EXPECT_EQ(FrameAllocator::free_frames(), free_before);
}

}  // namespace
}  // namespace xenolith
