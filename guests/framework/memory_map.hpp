// SPDX-License-Identifier: MIT
// The domain's memory map (XENMEM_memory_map).
#pragma once

#include <span>

#include "core/base/types.hpp"

namespace xenolith::guest {

struct [[gnu::packed]] MapEntry {
  u64 start, length;
  u32 type;  // XEN_HVM_MEMMAP_TYPE_*

  u64 end() const { return start + length; }
  bool holds(u64 address) const { return address >= start && address < end(); }
};

// What XENMEM_memory_map or XENMEM_machine_memory_map (`command`) answers; empty if it fails, with the answer in *error.
std::span<const MapEntry> memory_map(u32 command, long* error);

// The domain's own map. Ends the guest if there is none.
std::span<const MapEntry> memory_map();

}  // namespace xenolith::guest
