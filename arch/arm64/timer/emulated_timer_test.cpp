// SPDX-License-Identifier: MIT
#include "arch/arm64/timer/emulated_timer.hpp"

#include <gtest/gtest.h>

namespace xenolith::timer {
namespace {

TEST(EmulatedTimer, IsOffAtFirst) {
  EmulatedTimer timer;
  EXPECT_EQ(timer.control(100), 0u);
  EXPECT_FALSE(timer.line(100) || timer.next(100));
}

TEST(EmulatedTimer, LineRisesWhenTheValueIsReached) {
  EmulatedTimer timer;
  timer.set_compare_value(1000);
  timer.set_control(~u64{0} & ~control::mask);
  EXPECT_EQ(timer.control(999), control::enable);
  EXPECT_EQ(timer.next(999), 1000u);
  EXPECT_FALSE(timer.line(999));
  EXPECT_EQ(timer.control(1000), control::enable | control::condition);
  EXPECT_TRUE(timer.line(1000));
  EXPECT_FALSE(timer.next(1000));
}

TEST(EmulatedTimer, MaskHidesTheLineOnly) {
  EmulatedTimer timer;
  timer.set_compare_value(10);
  timer.set_control(control::enable | control::mask);
  EXPECT_FALSE(timer.line(10) || timer.next(5));
  EXPECT_EQ(timer.control(10), control::enable | control::mask | control::condition);
}

TEST(EmulatedTimer, TimerValueIsADistanceWithSign) {
  EmulatedTimer timer;
  timer.set_timer_value(u64{1} << 40, 500);
  EXPECT_EQ(timer.compare_value(), (u64{1} << 40) + 500);
  EXPECT_EQ(timer.timer_value((u64{1} << 40) + 100), 400u);
  EXPECT_EQ(timer.timer_value((u64{1} << 40) + 501), 0xffff'ffffu);
  timer.set_timer_value(1000, 0xffff'ffff);
  EXPECT_EQ(timer.compare_value(), 999u);
}

}  // namespace
}  // namespace xenolith::timer
