// SPDX-License-Identifier: MIT
#include "core/console/timestamp.hpp"

#include <algorithm>
#include <array>

#include "core/base/format.hpp"
#include "core/boot/options.hpp"
#include "core/time/calendar.hpp"

namespace xenolith {
namespace {

constexpr std::array<std::string_view, 5> names = {"none", "date", "datems", "boot", "raw"};
constexpr u64 billion = 1'000'000'000;

size_t format_since_boot(std::span<char> to, SystemTime now) {
  u64 microseconds = static_cast<u64>(std::max<i64>(now.raw(), 0)) / 1000;
  return format(to, "[{:5}.{:06}] ", microseconds / 1'000'000, microseconds % 1'000'000);
}

size_t format_date(std::span<char> to, const TimestampSource& source, bool with_milliseconds) {
  u64 fraction = source.wall_clock.nanoseconds + static_cast<u64>(std::max<i64>(source.now.raw(), 0));
  CalendarTime t = calendar_time(source.wall_clock.seconds + fraction / billion);
  size_t used = format(to, "[{}-{:02}-{:02} {:02}:{:02}:{:02}", t.year, t.month, t.day, t.hour, t.minute, t.second);
  if (with_milliseconds) used += format(to.subspan(used), ".{:03}", fraction % billion / 1'000'000);
  return used + format(to.subspan(used), "] ");
}

}  // namespace

Result<TimestampMode> parse_timestamp_mode(std::string_view text) {
  auto found = std::ranges::find(names, text);
  if (found != names.end()) return static_cast<TimestampMode>(found - names.begin());
  if (text.empty()) return TimestampMode::date;
  return TRY(parse_option_bool(text)) ? TimestampMode::date : TimestampMode::none;
}

std::string_view name_of(TimestampMode mode) { return names[static_cast<u8>(mode)]; }

size_t format_timestamp(std::span<char> to, TimestampMode mode, const TimestampSource& source) {
  switch (mode) {
    case TimestampMode::none: return 0;
    case TimestampMode::raw: return format(to, "[{:016x}] ", source.cycles);
    case TimestampMode::date:
    case TimestampMode::datems:
      if (source.wall_clock.seconds != 0) return format_date(to, source, mode == TimestampMode::datems);
      break;
    case TimestampMode::boot: break;
  }
  return format_since_boot(to, source.now);
}

}  // namespace xenolith
