// SPDX-License-Identifier: MIT
// Architecture contract: mapping the heap's memory.
#pragma once

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith::arch {

// Heap memory must lie below 2^heap_address_bits bytes.
inline constexpr unsigned heap_address_bits = 64;  // the frame table's limit is the heap's

// Maps 2^order frames (0 to 9) at heap_address(first). Fails with ENOMEM.
Result<void> map_heap(Mfn first, unsigned order);
// Takes the mapping away on all CPUs. Interrupts on.
void unmap_heap(Mfn first, unsigned order);

}  // namespace xenolith::arch
