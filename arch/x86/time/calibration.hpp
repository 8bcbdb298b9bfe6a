// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "core/base/types.hpp"

namespace xenolith {

// Measurements of one counter by another: the one with the least doubt counts.
class Calibration {
 public:
  struct Measurement {
    u64 reference;    // ticks of the known counter
    u64 ticks;        // ticks of the other in the same time
    u64 uncertainty;  // of `ticks`
  };

  constexpr void add(const Measurement& m) {
    if (m.reference == 0 || m.ticks == 0) return;
    using wide = unsigned __int128;
    bool is_better = best_.reference == 0 || wide{m.uncertainty} * best_.ticks < wide{best_.uncertainty} * m.ticks;
    if (is_better) best_ = m;
  }
  // Of the other counter, in Hz; 0 if nothing was measured.
  constexpr u64 frequency(u64 reference_hz) const {
    if (best_.reference == 0) return 0;
    return static_cast<u64>((static_cast<unsigned __int128>(best_.ticks) * reference_hz + best_.reference / 2) / best_.reference);
  }

 private:
  Measurement best_{0, 0, 0};
};

}  // namespace xenolith
