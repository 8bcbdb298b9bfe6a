// SPDX-License-Identifier: MIT
// Virtual time: CPU time divided by weight. A unit of the default weight ages one virtual nanosecond per
// nanosecond that it runs; twice the weight ages half as fast.
#pragma once

#include "core/time/system_time.hpp"

namespace xenolith {

using VirtualSpan = TimeSpan<struct VirtualKind>;

// A reading of a run queue's virtual clock. The clock wraps (a unit of weight 1 that runs alone for 2,284 years / 256
// would overtake itself), so that order is defined only between readings less than 2^63 apart: those on one queue.
class VirtualTime {
 public:
  constexpr VirtualTime() = default;
  constexpr explicit VirtualTime(u64 raw) : raw_{raw} {}

  constexpr u64 raw() const { return raw_; }
  constexpr VirtualSpan operator-(VirtualTime other) const {
    return VirtualSpan{static_cast<i64>(raw_ - other.raw_)};
  }
  constexpr VirtualTime operator+(VirtualSpan span) const {
    return VirtualTime{raw_ + static_cast<u64>(span.raw())};
  }
  constexpr bool operator==(const VirtualTime&) const = default;
  constexpr bool operator<(VirtualTime other) const { return *this - other < VirtualSpan{}; }
  constexpr bool operator>(VirtualTime other) const { return other < *this; }

 private:
  u64 raw_ = 0;
};

constexpr VirtualTime later(VirtualTime a, VirtualTime b) { return a < b ? b : a; }
constexpr VirtualTime earlier(VirtualTime a, VirtualTime b) { return b < a ? b : a; }

static_assert(VirtualTime{~u64{0}} < VirtualTime{5} && VirtualTime{5} - VirtualTime{~u64{0}} == VirtualSpan{6});

}  // namespace xenolith
