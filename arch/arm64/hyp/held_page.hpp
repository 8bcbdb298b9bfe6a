// SPDX-License-Identifier: MIT
// The page of the current vCPU's memory that is mapped until the end of its exit (guest_memory.cpp).
#pragma once

#include "arch/arm64/cpu/cpu_block.hpp"

namespace xenolith {

void unmap_held_page(HeldPage& held);

// At the end of an exit, and before another vCPU is dispatched: a page is known by its guest-virtual address only.
inline void release_held_page() {
  HeldPage& held = this_cpu_block().held;
  if (held.frame) unmap_held_page(held);
}

}  // namespace xenolith
