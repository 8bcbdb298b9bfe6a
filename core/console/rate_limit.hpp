// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "core/time/system_time.hpp"

namespace xenolith {

// Lets bursts of `burst` messages through and one more each `interval` afterwards. No lock: the owner has one.
class RateLimit {
 public:
  constexpr RateLimit(Duration interval, i64 burst) : interval_{interval}, burst_{burst}, tokens_{burst} {}

  struct Answer {
    bool pass;
    u64 missed;  // when it passes: how many were refused since the last that passed
  };
  constexpr Answer ask(SystemTime now) {
    i64 earned = std::max<i64>((now - last_) / interval_, 0);
    tokens_ = std::min(tokens_ + std::min(earned, burst_), burst_);
    last_ += interval_ * earned;
    if (tokens_ == 0) return {false, ++missed_};
    --tokens_;
    u64 missed = missed_;
    missed_ = 0;
    return {true, missed};
  }

 private:
  Duration interval_;
  i64 burst_, tokens_;
  SystemTime last_;
  u64 missed_ = 0;
};

}  // namespace xenolith
