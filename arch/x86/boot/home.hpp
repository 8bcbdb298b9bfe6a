// SPDX-License-Identifier: MIT
// The hypervisor's move to its place at the top of memory, out of the way of modules and of the hardware domain.
#pragma once

#include "core/base/result.hpp"
#include "core/base/units.hpp"
#include "core/boot/boot_information.hpp"

namespace xenolith::boot {

// A range of machine memory, bytes.
struct Range {
  MachineAddress first, end;
  bool overlaps(MachineAddress other_first, MachineAddress other_end) const {
    return first < other_end && other_first < end;
  }
};

// Moves the image from where the loader put it (`loaded_at`) to the highest free RAM below 4 GiB, with page tables that
// give each section its rights, and runs on there. Returns where the hypervisor lies now, its first page table memory
// included. Fails with ENOMEM when there is no room. Interrupts off; the loader's identity map is gone afterwards.
Result<Range> move_home(const BootInformation& information, MachineAddress loaded_at);

}  // namespace xenolith::boot
