// SPDX-License-Identifier: MIT
#include "core/control/range_set.hpp"

#include <algorithm>

namespace xenolith {

bool RangeSet::contains(u64 first, u64 last) const {
  for (size_t i = 0; i < count_; ++i)
    if (ranges_[i].first <= first && last <= ranges_[i].last) return true;
  return false;
}

bool RangeSet::overlaps(u64 first, u64 last) const {
  for (size_t i = 0; i < count_; ++i)
    if (ranges_[i].first <= last && first <= ranges_[i].last) return true;
  return false;
}

Result<void> RangeSet::reserve(size_t count) {
  if (count <= ranges_.size()) return {};
  if (count > most_ranges) return Failure{XEN_E2BIG};
  auto larger = TRY(HeapArray<Range>::create(std::max<size_t>(count, ranges_.size() * 2)));
  std::copy_n(ranges_.begin(), count_, larger.begin());
  ranges_ = std::move(larger);
  return {};
}

Result<void> RangeSet::add(u64 first, u64 last) {
  TRY(reserve(count_ + 1));
  auto touches = [&](const Range& range) {
    bool before = range.last < first && range.last + 1 != first;
    bool after = last < range.first && last + 1 != range.first;
    return !before && !after;
  };
  Range merged{first, last};
  size_t kept = 0;
  for (size_t i = 0; i < count_; ++i) {
    const Range& range = ranges_[i];
    if (touches(range)) merged = {std::min(merged.first, range.first), std::max(merged.last, range.last)};
    else ranges_[kept++] = range;
  }
  size_t at = 0;
  while (at < kept && ranges_[at].first < merged.first) ++at;
  std::copy_backward(ranges_.begin() + at, ranges_.begin() + kept, ranges_.begin() + kept + 1);
  ranges_[at] = merged;
  count_ = kept + 1;
  return {};
}

Result<void> RangeSet::remove(u64 first, u64 last) {
  TRY(reserve(count_ + 1));  // a hole in the middle of a range makes two
  for (size_t i = 0; i < count_;) {
    Range old = ranges_[i];
    if (old.last < first || last < old.first) {
      ++i;
      continue;
    }
    std::copy(ranges_.begin() + i + 1, ranges_.begin() + count_, ranges_.begin() + i);
    --count_;
    auto insert = [&](Range piece) {
      std::copy_backward(ranges_.begin() + i, ranges_.begin() + count_, ranges_.begin() + count_ + 1);
      ranges_[i++] = piece;
      ++count_;
    };
    if (old.first < first) insert({old.first, first - 1});
    if (last < old.last) insert({last + 1, old.last});
  }
  return {};
}

}  // namespace xenolith
