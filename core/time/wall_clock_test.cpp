// SPDX-License-Identifier: MIT
#include "core/time/wall_clock.hpp"

#include <arch/fake.hpp>
#include <gtest/gtest.h>

#include "core/domain/domain.hpp"
#include "core/time/clock.hpp"
#include "core/time/version_protocol.hpp"

namespace xenolith {
namespace {

TEST(WallClock, IsKeptAtSystemTimeZero) {
  set_wall_clock({1'000'000, 250'000'000}, SystemTime{} + milliseconds(500));
  EXPECT_EQ(wall_clock().seconds, 999'999u);
  EXPECT_EQ(wall_clock().nanoseconds, 750'000'000u);
  set_wall_clock({1, 0}, SystemTime{} + seconds(5));
  EXPECT_EQ(wall_clock().seconds, 0u);
}

TEST(WallClock, SettimeReachesEveryDomain) {
  fake::TestDomain first{1}, second{2};
  second->time_offset_seconds = 3600;
  u32 version = first->shared_info().wc_version;
  ASSERT_TRUE(perform_settime({.secs = 0x1'2345'6789, .nsecs = 42, .mbz = 0, .system_time = 0}));
  EXPECT_EQ(first->shared_info().wc_version, version + 2);
  EXPECT_EQ(first->shared_info().wc_sec, 0x23456789u);
  EXPECT_EQ(first->shared_info().xen_wc_sec_hi, 1u);
  EXPECT_EQ(first->shared_info().wc_nsec, 42u);
  EXPECT_EQ(second->shared_info().wc_sec, 0x23456789u + 3600);
}

TEST(WallClock, RefusesNonsense) {
  EXPECT_EQ(perform_settime({.secs = 0, .nsecs = 0, .mbz = 1, .system_time = 0}).error(), XEN_EINVAL);
  EXPECT_EQ(perform_settime({.secs = 0, .nsecs = 1'000'000'000, .mbz = 0, .system_time = 0}).error(), XEN_EINVAL);
}

TEST(VersionProtocol, IsOddOnlyMeanwhile) {
  u32 version = 7;  // a guest wrote nonsense
  publish_versioned(&version, [&] { EXPECT_EQ(version, 7u); });
  EXPECT_EQ(version, 8u);
  publish_versioned(&version, [&] { EXPECT_EQ(version, 9u); });
  EXPECT_EQ(version, 10u);
}

}  // namespace
}  // namespace xenolith
