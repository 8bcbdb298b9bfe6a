// SPDX-License-Identifier: MIT
// The machine's memory map, made consistent: sorted, without overlaps, adjacent ranges of one type joined. It is tens of
// KiB large: keep it in static storage.
#pragma once

#include <array>
#include <span>

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {

// Types of the firmware interface (ACPI specification, "System Address Map Interfaces", "Address Range Types").
enum class MemoryType : u32 { ram = 1, reserved = 2, acpi = 3, nvs = 4, unusable = 5, disabled = 6, persistent = 7 };

struct MemoryRange {
  MachineAddress start;
  u64 length;  // bytes, not zero
  MemoryType type;

  MachineAddress end() const { return start + length; }
  bool operator==(const MemoryRange&) const = default;
};

class MemoryMap {
 public:
  static constexpr size_t capacity = 512;
  // x86's largest physical address; what lies above is cut off.
  static constexpr u64 address_limit = u64{1} << 52;

  // Adds a range that firmware reported. Types that are not known count as reserved; empty ranges, and the part above
  // address_limit, are dropped. Where ranges overlap, the more restrictive type wins (unusable, disabled, nvs, reserved,
  // persistent, acpi, ram, in this order). Fails with ENOSPC when the map is full: it is unchanged then.
  Result<void> add(u64 start, u64 length, u32 type);

  std::span<const MemoryRange> ranges() const { return {ranges_.data(), count_}; }
  void clear() { count_ = 0; }
  // Bytes of a type.
  u64 total(MemoryType type) const;
  // The range that holds `address`, or nullptr.
  const MemoryRange* find(MachineAddress address) const;

 private:
  class Builder;

  std::array<MemoryRange, capacity> ranges_{};
  std::array<MemoryRange, capacity> scratch_{};  // add() builds the new map here: too large for a stack
  size_t count_ = 0;
};

}  // namespace xenolith
