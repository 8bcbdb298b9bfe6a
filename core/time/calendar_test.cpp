// SPDX-License-Identifier: MIT
#include "core/time/calendar.hpp"

#include <gtest/gtest.h>

namespace xenolith {
namespace {

TEST(Calendar, EveryDayIsTheOneAfterItsForerunner) {
  CalendarTime before = calendar_time(0);
  for (u64 day = 1; day < 60 * 366; ++day) {
    CalendarTime now = calendar_time(day * 86400 + 3661);
    EXPECT_EQ(now.hour, 1u);
    EXPECT_EQ(now.minute, 1u);
    EXPECT_EQ(now.second, 1u);
    EXPECT_EQ(now.day, before.day == days_in_month(before.year, before.month) ? 1 : before.day + 1);
    EXPECT_EQ(epoch_seconds(now), day * 86400 + 3661);
    before = now;
  }
}

TEST(Calendar, EndsWithTheYear9999) {
  EXPECT_EQ(calendar_time(~u64{0}), (CalendarTime{9999, 12, 31, 23, 59, 59}));
}

}  // namespace
}  // namespace xenolith
