// SPDX-License-Identifier: MIT
#include "core/boot/memory_map.hpp"

#include <algorithm>

namespace xenolith {
namespace {

MemoryType known_type(u32 type) {
  return type >= static_cast<u32>(MemoryType::ram) && type <= static_cast<u32>(MemoryType::persistent)
             ? static_cast<MemoryType>(type) : MemoryType::reserved;
}

unsigned restrictiveness(MemoryType type) {
  switch (type) {
    case MemoryType::ram: return 0;
    case MemoryType::acpi: return 1;
    case MemoryType::persistent: return 2;
    case MemoryType::reserved: return 3;
    case MemoryType::nvs: return 4;
    case MemoryType::disabled: return 5;
    case MemoryType::unusable: return 6;
  }
  return 3;
}

bool starts_before(const MemoryRange& a, const MemoryRange& b) { return a.start < b.start; }

}  // namespace

// Collects the ranges of the new map in ascending order. A range with another of a weaker type across its whole middle
// becomes two, so one addition can make the map grow by two.
class MemoryMap::Builder {
 public:
  Builder(std::span<MemoryRange> room) : room_{room} {}

  void append(MachineAddress start, MachineAddress end, MemoryType type) {
    if (start >= end) return;
    if (count_ > 0 && room_[count_ - 1].type == type && room_[count_ - 1].end() == start) {
      room_[count_ - 1].length += end - start;
    } else if (count_ < room_.size()) {
      room_[count_++] = {start, end - start, type};
    } else {
      full_ = true;
    }
  }
  bool is_full() const { return full_; }
  size_t count() const { return count_; }

 private:
  std::span<MemoryRange> room_;
  size_t count_ = 0;
  bool full_ = false;
};

Result<void> MemoryMap::add(u64 start, u64 length, u32 raw_type) {
  if (start >= address_limit || length == 0) return {};
  MemoryRange added{MachineAddress{start}, std::min(length, address_limit - start), known_type(raw_type)};
  Builder builder{scratch_};
  MachineAddress covered = added.start;  // up to here the added range has been placed
  bool placed = false;
  auto place_until = [&](MachineAddress end) {
    end = std::min(end, added.end());
    if (covered < end) builder.append(covered, end, added.type), covered = end;
    placed = covered >= added.end();
  };
  for (const MemoryRange& old : ranges()) {
    MachineAddress low = std::clamp(added.start, old.start, old.end());
    MachineAddress high = std::clamp(added.end(), old.start, old.end());
    bool overlaps = low < high;
    if (!overlaps) {
      if (!placed && old.start >= added.end()) place_until(added.end());
      builder.append(old.start, old.end(), old.type);
      continue;
    }
    place_until(low);
    builder.append(old.start, low, old.type);
    builder.append(low, high,
                   restrictiveness(old.type) > restrictiveness(added.type) ? old.type : added.type);
    covered = high;
    builder.append(high, old.end(), old.type);
    placed = covered >= added.end();
  }
  if (!placed) place_until(added.end());
  if (builder.is_full()) return Failure{XEN_ENOSPC};
  std::copy_n(scratch_.begin(), builder.count(), ranges_.begin());
  count_ = builder.count();
  return {};
}

u64 MemoryMap::total(MemoryType type) const {
  u64 sum = 0;
  for (const MemoryRange& range : ranges())
    if (range.type == type) sum += range.length;
  return sum;
}

const MemoryRange* MemoryMap::find(MachineAddress address) const {
  auto next = std::upper_bound(ranges().begin(), ranges().end(), MemoryRange{address, 0, MemoryType::ram}, starts_before);
  if (next == ranges().begin()) return nullptr;
  const MemoryRange& candidate = *(next - 1);
  return address < candidate.end() ? &candidate : nullptr;
}

}  // namespace xenolith
