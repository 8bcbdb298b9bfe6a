// SPDX-License-Identifier: MIT
// The time in front of a console line (option console_timestamps=).
#pragma once

#include <span>
#include <string_view>

#include "core/base/result.hpp"
#include "core/time/clock.hpp"

namespace xenolith {

enum class TimestampMode : u8 { none, date, datems, boot, raw };

// none | date | datems | boot | raw | <boolean>, true being "date". Fails with EINVAL.
Result<TimestampMode> parse_timestamp_mode(std::string_view text);
std::string_view name_of(TimestampMode mode);

struct TimestampSource {
  SystemTime now;
  WallClock wall_clock;  // at system time zero; 0 seconds: not known, then dates are given as time since boot
  u64 cycles;
};
// Writes "[...] ", or nothing; returns the number of characters, at most 32.
size_t format_timestamp(std::span<char> to, TimestampMode mode, const TimestampSource& source);

}  // namespace xenolith
