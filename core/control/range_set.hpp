// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/heap_array.hpp"
#include "core/base/result.hpp"

namespace xenolith {

// A set of numbers as ranges: ports, frames or interrupts that a domain may use. Not synchronised.
class RangeSet {
 public:
  struct Range {
    u64 first, last;  // inclusive
  };
  static constexpr size_t most_ranges = 4096;  // a control domain's bound, not a guest's

  bool contains(u64 first, u64 last) const;
  bool overlaps(u64 first, u64 last) const;
  bool empty() const { return count_ == 0; }
  // Fail with ENOMEM, E2BIG; then nothing has changed. first <= last.
  Result<void> add(u64 first, u64 last);
  Result<void> remove(u64 first, u64 last);

 private:
  Result<void> reserve(size_t count);

  HeapArray<Range> ranges_;  // ascending, disjoint, not adjacent
  size_t count_ = 0;
};

}  // namespace xenolith
