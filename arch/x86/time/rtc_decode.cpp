// SPDX-License-Identifier: MIT
#include "arch/x86/time/rtc.hpp"
#include "core/base/bits.hpp"
#include "core/time/calendar.hpp"

namespace xenolith {
namespace {

constexpr u8 is_binary = bit(2), is_24_hours = bit(1), afternoon = bit(7);

Result<u32> number(u8 field, bool binary) {
  if (binary) return u32{field};
  if ((field & 0xf) > 9 || field >> 4 > 9) return Failure{XEN_EINVAL};
  return (field >> 4) * 10u + (field & 0xf);
}

Result<u32> hour_of(u8 field, u8 status_b) {
  bool binary = (status_b & is_binary) != 0;
  if (status_b & is_24_hours) return number(field, binary);
  u32 hour = TRY(number(static_cast<u8>(field & ~afternoon), binary));
  if (hour < 1 || hour > 12) return Failure{XEN_EINVAL};
  return hour % 12 + (field & afternoon ? 12 : 0);
}

Result<u32> year_of(const RtcRegisters& r, bool binary) {
  u32 year = TRY(number(r.year, binary));
  if (year > 99) return Failure{XEN_EINVAL};
  u32 century = r.century == 0 ? 0 : TRY(number(r.century, binary));
  if (century >= 19 && century <= 99) year += century * 100;
  else year += year < 70 ? 2000 : 1900;
  if (year < 1970) return Failure{XEN_EINVAL};
  return year;
}

}  // namespace

Result<u64> decode_rtc(const RtcRegisters& r) {
  bool binary = (r.status_b & is_binary) != 0;
  CalendarTime time{};
  time.year = TRY(year_of(r, binary));
  time.month = TRY(number(r.month, binary));
  time.day = TRY(number(r.day, binary));
  time.hour = TRY(hour_of(r.hour, r.status_b));
  time.minute = TRY(number(r.minute, binary));
  time.second = TRY(number(r.second, binary));
  bool valid = time.month >= 1 && time.month <= 12 && time.day >= 1 && time.hour < 24 && time.minute < 60 && time.second <= 60;
  if (!valid || time.day > days_in_month(time.year, time.month)) return Failure{XEN_EINVAL};
  return epoch_seconds(time);
}

}  // namespace xenolith
