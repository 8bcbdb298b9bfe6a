// SPDX-License-Identifier: MIT
// The Gregorian calendar and seconds since 1970-01-01 00:00:00 UTC.
#pragma once

#include "core/base/types.hpp"

namespace xenolith {

struct CalendarTime {
  u32 year;   // 1970 to 9999
  u32 month;  // 1 to 12
  u32 day;    // 1 to 31
  u32 hour, minute, second;
  constexpr bool operator==(const CalendarTime&) const = default;
};

constexpr bool is_leap_year(u64 year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }
constexpr u32 days_in_month(u64 year, u32 month) {
  constexpr u8 days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[month - 1] + (month == 2 && is_leap_year(year) ? 1u : 0u);
}
// Days from 0001-01-01 to January 1st of the year.
constexpr u64 days_before_year(u64 year) { return (year - 1) * 365 + (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400; }

// A time with all fields in their ranges; the second may be 60.
constexpr u64 epoch_seconds(const CalendarTime& time) {
  u64 days = days_before_year(time.year) - days_before_year(1970) + time.day - 1;
  for (u32 month = 1; month < time.month; ++month) days += days_in_month(time.year, month);
  return ((days * 24 + time.hour) * 60 + time.minute) * 60 + time.second;
}

// Years after 9999 are cut to the end of that year.
constexpr CalendarTime calendar_time(u64 seconds) {
  constexpr u64 last = epoch_seconds({9999, 12, 31, 23, 59, 59});
  if (seconds > last) seconds = last;
  u64 days = seconds / 86400;
  CalendarTime time{1970, 1, 1, static_cast<u32>(seconds / 3600 % 24), static_cast<u32>(seconds / 60 % 60),
                    static_cast<u32>(seconds % 60)};
  time.year += static_cast<u32>(days / 366);  // not too late; then on, year by year
  while (days_before_year(time.year + 1) - days_before_year(1970) <= days) ++time.year;
  days -= days_before_year(time.year) - days_before_year(1970);
  while (days >= days_in_month(time.year, time.month)) days -= days_in_month(time.year, time.month++);
  time.day += static_cast<u32>(days);
  return time;
}

static_assert(epoch_seconds({1970, 1, 1, 0, 0, 0}) == 0 && epoch_seconds({2000, 3, 1, 0, 0, 0}) == 951868800);
static_assert(calendar_time(951868799) == CalendarTime{2000, 2, 29, 23, 59, 59});
static_assert(calendar_time(4107542400) == CalendarTime{2100, 3, 1, 0, 0, 0});

}  // namespace xenolith
