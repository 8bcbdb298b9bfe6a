// SPDX-License-Identifier: MIT
#include "core/time/tick_scale.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace xenolith {
namespace {

// What a guest computes (<xen/xen.h>, "struct vcpu_time_info").
u64 guest_nanoseconds(u64 ticks, TickScale scale) {
  u64 shifted = scale.shift < 0 ? ticks >> -scale.shift : ticks << scale.shift;
  return static_cast<u64>(static_cast<unsigned __int128>(shifted) * scale.multiplier >> 32);
}

TEST(TickScale, IsExactForAllFrequencies) {
  for (u64 hz : {1000ull, 32768ull, 1'193'182ull, 3'579'545ull, 14'318'180ull, 100'000'000ull, 999'999'999ull,
                 1'000'000'000ull, 1'000'000'001ull, 2'893'202'123ull, 4'000'000'000ull, 6'200'000'000ull}) {
    TickScale scale = TickScale::of_frequency(hz);
    EXPECT_GE(scale.multiplier, 0x80000000u) << hz;
    i64 error = scale.length(hz * 60).raw() - seconds(60).raw();
    EXPECT_LE(error, 0) << hz;
    EXPECT_GE(error, -60 - 1'000'000'000 / static_cast<i64>(hz)) << hz;  // 60 s / 2^31 is 28 ns
    EXPECT_NEAR(static_cast<double>(scale.hz()), static_cast<double>(hz), 4.0) << hz;
  }
}

TEST(TickScale, IsWhatGuestsCompute) {
  std::mt19937_64 random{1};
  for (int i = 0; i < 10000; ++i) {
    TickScale scale = TickScale::of_frequency(random() % 8'000'000'000 + 1);
    u64 ticks = random() >> 24;
    EXPECT_EQ(static_cast<u64>(scale.length(ticks).raw()), guest_nanoseconds(ticks, scale));
  }
}

TEST(TickScale, TimeHasPassedAfterItsTicks) {
  std::mt19937_64 random{2};
  for (int i = 0; i < 10000; ++i) {
    TickScale scale = TickScale::of_frequency(random() % 8'000'000'000 + 1'000'000);
    Duration length{static_cast<i64>(random() % 3'600'000'000'000)};
    EXPECT_GE(scale.length(scale.ticks(length)), length);
  }
}

}  // namespace
}  // namespace xenolith
