// SPDX-License-Identifier: MIT
#include "arch/arm64/timer/system_counter.hpp"

#include <gtest/gtest.h>

namespace xenolith::timer {
namespace {

constexpr u64 hz = 62'500'000;  // 16 ns a tick

TEST(SystemCounter, IsEmptyUntilSet) {
  EXPECT_FALSE(SystemCounter{}.is_there());
  EXPECT_TRUE((SystemCounter{5, hz}.is_there()));
  EXPECT_EQ((SystemCounter{5, hz}.hz()), hz);
}

TEST(SystemCounter, TimeStartsAtZero) {
  SystemCounter counter{1000, hz};
  EXPECT_EQ(counter.at(1000), SystemTime{0});
  EXPECT_EQ(counter.at(999), SystemTime{0});
  EXPECT_NEAR(static_cast<double>(counter.at(1000 + 100 * hz).raw()), 100e9, 100);
}

TEST(SystemCounter, DeadlineHasComeAtItsCount) {
  SystemCounter counter{1000, hz};
  for (i64 ns : {1, 15, 16, 17, 1'000'000, 999'999'999}) {
    SystemTime deadline{ns};
    EXPECT_GE(counter.at(counter.count_at(deadline, SystemTime{0})), deadline) << ns;
  }
  EXPECT_EQ(counter.count_at(SystemTime{-5}, SystemTime{0}), 1000u);
  EXPECT_LE(counter.count_at(SystemTime::never() - nanoseconds(1), SystemTime{0}), 1000 + 3601 * hz);
}

TEST(SystemCounter, FarCountsNeverCome) {
  SystemCounter counter{1000, hz};
  EXPECT_EQ(counter.when(~u64{0}, 2000), SystemTime::never());
  EXPECT_EQ(counter.when(1500, 2000), counter.at(1500));
  EXPECT_EQ(counter.when(2500, 2000), counter.at(2500));
}

}  // namespace
}  // namespace xenolith::timer
