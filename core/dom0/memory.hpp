// SPDX-License-Identifier: MIT
// The hardware domain's memory: which frames it gets, and its physical map.
#pragma once

#include <array>

#include "core/base/result.hpp"
#include "core/boot/memory_map.hpp"
#include "core/domain/domain.hpp"
#include "core/memory_operations/guest_memory.hpp"

namespace xenolith::dom0 {

struct FrameRange {
  Mfn first, end;
  u64 bytes() const { return (end - first) * page_size; }
};

class HardwareMemory {
 public:
  // Claims RAM from the bottom up until the domain has `frames` of it, and maps it at its own addresses. Fails with ENOMEM.
  static Result<void> claim(Domain& domain, u64 frames, HardwareMemory& result);

  std::span<const FrameRange> ranges() const { return {ranges_.data(), count_}; }
  // The largest range below `limit`.
  FrameRange largest(Mfn limit) const;
  // The memory map for the domain on that machine: its own RAM, `acpi_first`..`acpi_end` in it as ACPI data, all other RAM as reserved.
  unsigned describe(const MemoryMap& machine, std::span<MemoryMapEntry> to, Mfn acpi_first, Mfn acpi_end) const;

 private:
  static constexpr unsigned most_ranges = 64;
  std::array<FrameRange, most_ranges> ranges_{};
  unsigned count_ = 0;
};

// How many frames the hardware domain gets: dom0_mem=, or a share that leaves the rest to guests.
u64 wanted_frames(u64 free_frames);

}  // namespace xenolith::dom0
