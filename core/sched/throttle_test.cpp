// SPDX-License-Identifier: MIT
#include "core/sched/throttle.hpp"

#include <gtest/gtest.h>

#include "core/sched/inspector.hpp"

namespace xenolith {
namespace {

using namespace sched;

struct Caps : testing::Test {
  Caps() { throttle.set_cap(group, 50, now); }
  ~Caps() override {
    for (auto* unit : {&a, &b}) throttle.unpark(*unit);
  }
  SchedPool pool{0};
  SchedGroup group{DomainId{1}, pool};
  SchedUnit a{group, VcpuId{0}}, b{group, VcpuId{1}};
  Throttle throttle;
  SystemTime now{0};
};

TEST_F(Caps, UnusedReservationComesBack) {
  EXPECT_EQ(throttle.reserve(a, milliseconds(10), now), milliseconds(5));
  throttle.settle(a, milliseconds(2), now + milliseconds(2));
  EXPECT_EQ(SchedInspector::budget(group), milliseconds(3));
}

TEST_F(Caps, ParksWithoutBudgetAndReleasesInOrder) {
  throttle.reserve(a, milliseconds(10), now);
  throttle.settle(a, milliseconds(5), now);
  EXPECT_EQ(throttle.reserve(a, milliseconds(10), now), Duration::zero());
  EXPECT_EQ(throttle.reserve(b, milliseconds(10), now), Duration::zero());
  EXPECT_EQ(throttle.next_release(), now + cap_period);
  EXPECT_EQ(throttle.take_released(now + cap_period - nanoseconds(1)), nullptr);
  EXPECT_EQ(throttle.take_released(now + cap_period), &a);
  EXPECT_TRUE(throttle.is_held(a));
  throttle.released(a);
  EXPECT_FALSE(throttle.is_held(a));
}

TEST_F(Caps, DebtIsPaidFromTheNextPeriods) {
  throttle.reserve(a, milliseconds(10), now);
  throttle.settle(a, milliseconds(12), now + milliseconds(9));  // 7 ms too much
  EXPECT_EQ(throttle.reserve(a, milliseconds(10), now + cap_period), Duration::zero());
  EXPECT_EQ(throttle.take_released(now + cap_period), nullptr);
  EXPECT_EQ(throttle.take_released(now + cap_period * 2), &a);
  throttle.released(a);
  EXPECT_EQ(throttle.reserve(a, milliseconds(10), now + cap_period * 2), milliseconds(3));
}

TEST_F(Caps, IdlePeriodsDoNotAddUp) {
  throttle.reserve(a, microseconds(200), now + seconds(1000));
  throttle.settle(a, microseconds(200), now + seconds(1000));
  EXPECT_LE(SchedInspector::budget(group), milliseconds(5));
}

TEST_F(Caps, RemovedCapReleasesAtOnce) {
  throttle.reserve(a, milliseconds(10), now);
  throttle.settle(a, milliseconds(5), now);
  throttle.reserve(a, milliseconds(10), now);
  throttle.set_cap(group, 0, now);
  EXPECT_EQ(throttle.take_released(now), &a);
  throttle.released(a);
  EXPECT_EQ(throttle.next_release(), SystemTime::never());
}

}  // namespace
}  // namespace xenolith
