// SPDX-License-Identifier: MIT
// Time since the hypervisor started, and lengths of time, in nanoseconds.
#pragma once

#include <compare>
#include <limits>

#include "core/base/types.hpp"

namespace xenolith {

// A length of time of one kind, in nanoseconds; may be negative. About 292 years either way.
template <class Kind>
class TimeSpan {
 public:
  constexpr TimeSpan() = default;
  constexpr explicit TimeSpan(i64 nanoseconds) : ns_{nanoseconds} {}

  constexpr i64 raw() const { return ns_; }
  constexpr auto operator<=>(const TimeSpan&) const = default;

  constexpr TimeSpan operator+(TimeSpan other) const { return TimeSpan{ns_ + other.ns_}; }
  constexpr TimeSpan operator-(TimeSpan other) const { return TimeSpan{ns_ - other.ns_}; }
  constexpr TimeSpan operator-() const { return TimeSpan{-ns_}; }
  constexpr TimeSpan operator*(i64 factor) const { return TimeSpan{ns_ * factor}; }
  constexpr TimeSpan operator/(i64 divisor) const { return TimeSpan{ns_ / divisor}; }
  constexpr i64 operator/(TimeSpan other) const { return ns_ / other.ns_; }
  constexpr TimeSpan operator%(TimeSpan other) const { return TimeSpan{ns_ % other.ns_}; }
  constexpr TimeSpan& operator+=(TimeSpan other) { return *this = *this + other; }
  constexpr TimeSpan& operator-=(TimeSpan other) { return *this = *this - other; }

  static constexpr TimeSpan zero() { return TimeSpan{0}; }
  static constexpr TimeSpan max() { return TimeSpan{std::numeric_limits<i64>::max()}; }

 private:
  i64 ns_ = 0;
};

using Duration = TimeSpan<struct RealTime>;

constexpr Duration nanoseconds(i64 count) { return Duration{count}; }
constexpr Duration microseconds(i64 count) { return Duration{count * 1'000}; }
constexpr Duration milliseconds(i64 count) { return Duration{count * 1'000'000}; }
constexpr Duration seconds(i64 count) { return Duration{count * 1'000'000'000}; }

// A moment, in nanoseconds since the start of the hypervisor: what Xen's interface calls system time.
class SystemTime {
 public:
  constexpr SystemTime() = default;
  constexpr explicit SystemTime(i64 nanoseconds) : ns_{nanoseconds} {}

  constexpr i64 raw() const { return ns_; }
  constexpr auto operator<=>(const SystemTime&) const = default;

  constexpr SystemTime operator+(Duration span) const { return SystemTime{ns_ + span.raw()}; }
  constexpr SystemTime operator-(Duration span) const { return SystemTime{ns_ - span.raw()}; }
  constexpr Duration operator-(SystemTime other) const { return Duration{ns_ - other.ns_}; }
  constexpr SystemTime& operator+=(Duration span) { return *this = *this + span; }

  // The moment that does not come: a timer set to it is off. Never add to it.
  static constexpr SystemTime never() { return SystemTime{std::numeric_limits<i64>::max()}; }

 private:
  i64 ns_ = 0;
};

static_assert(SystemTime{5} + milliseconds(1) - SystemTime{0} == nanoseconds(1'000'005));
static_assert(seconds(1) / milliseconds(10) == 100 && milliseconds(25) % milliseconds(10) == milliseconds(5));
static_assert(microseconds(3) > nanoseconds(2'999) && -seconds(1) < Duration::zero());
static_assert(SystemTime{} < SystemTime::never());

}  // namespace xenolith
