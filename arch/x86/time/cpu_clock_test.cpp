// SPDX-License-Identifier: MIT
#include "arch/x86/time/cpu_clock.hpp"

#include <gtest/gtest.h>

#include "arch/x86/time/clock_steering.hpp"

namespace xenolith {
namespace {

constexpr TickScale two_gigahertz = TickScale::of_frequency(2'000'000'000);
constexpr SystemTime at(i64 ns) { return SystemTime{ns}; }

TEST(CpuClock, GoesOnWithTheCounter) {
  CpuClock clock;
  EXPECT_EQ(clock.line().at(12345), SystemTime{});  // before it is set
  clock.set({1000, at(500), two_gigahertz});
  EXPECT_EQ(clock.line().at(1000), at(500));
  EXPECT_EQ(clock.line().at(3000), at(1500));
  EXPECT_EQ(clock.line().at(10), at(500));  // another CPU's counter is a little behind
  clock.set({3000, at(1500), two_gigahertz});
  EXPECT_EQ(clock.line().tsc, 3000u);
}

TEST(CpuClock, FindsTheCounterOfAMoment) {
  ClockLine line{1000, at(500), two_gigahertz};
  EXPECT_EQ(line.counter_at(at(100)), 1000u);
  EXPECT_GE(line.at(line.counter_at(at(123'456))), at(123'456));
  EXPECT_LE(line.at(line.counter_at(at(123'456))), at(123'458));
}

struct SteeringTest : ::testing::Test {
  // Steers once a second for `rounds`, the true frequency being `hz`; returns how far the clock is ahead at the end.
  Duration keep(ClockLine line, u64 hz, SystemTime platform, int rounds) {
    TimePoint before{line.tsc, platform};
    SystemTime last = line.time;
    for (int i = 0; i < rounds; ++i) {
      TimePoint point{before.tsc + hz, before.platform + seconds(1)};
      line = steer(line, before, point);
      EXPECT_GE(line.at(point.tsc), last) << "time went back";
      last = line.at(point.tsc);
      before = point;
    }
    return line.at(before.tsc) - before.platform;
  }
};

TEST_F(SteeringTest, CorrectsTheFrequency) {
  Duration ahead = keep({0, at(0), two_gigahertz}, 2'000'300'000, at(0), 3);
  EXPECT_LE(std::abs(ahead.raw()), 100);
}

TEST_F(SteeringTest, CatchesUp) {
  EXPECT_LE(std::abs(keep({0, at(0), two_gigahertz}, 2'000'000'000, at(50'000'000), 3).raw()), 100);
}

TEST_F(SteeringTest, FarBehindItJumps) {
  EXPECT_LE(std::abs(keep({0, at(0), two_gigahertz}, 2'000'000'000, at(5'000'000'000), 1).raw()), 100);
}

TEST_F(SteeringTest, AheadItWaitsWithoutGoingBack) {
  EXPECT_LE(std::abs(keep({0, at(50'000'000), two_gigahertz}, 2'000'000'000, at(0), 3).raw()), 100);
  EXPECT_LE(std::abs(keep({0, at(5'000'000'000), two_gigahertz}, 2'000'000'000, at(0), 10).raw()), 100);
}

TEST_F(SteeringTest, KeepsTheLineWhenNothingMoved) {
  ClockLine line{100, at(5), two_gigahertz};
  TimePoint point{200, at(10)};
  EXPECT_EQ(steer(line, point, point).tsc, 100u);
  EXPECT_EQ(steer(line, point, {100, at(20)}).tsc, 100u);
  EXPECT_EQ(steer(line, point, {300, at(10)}).tsc, 100u);
}

}  // namespace
}  // namespace xenolith
