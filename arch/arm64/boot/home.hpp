// SPDX-License-Identifier: MIT
// The hypervisor's first own page tables. The image stays where the loader put it: guests' memory need not be in one piece.
#pragma once

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith::boot {

// A range of machine memory, bytes.
struct Range {
  MachineAddress first, end;
  bool overlaps(const Range& other) const { return first < other.end && other.first < end; }
};

// Boot time, before there are page tables: blocks of 2 MiB at layout::boot_windows, as boot/head.S has made room for.
enum class Window : unsigned { tree = 0 /* two blocks */, tables = 2, console = 3 };
// Shows the block that holds `address`; returns where `address` is. For `tree` the block behind it, too.
void* show(Window window, MachineAddress address, bool is_device);

// Makes page tables in `tables` (2 MiB, aligned, free memory) that give each section of the image its rights, and switches to
// them; the windows are gone afterwards. Fails with ENOMEM. Interrupts off.
Result<void> make_page_tables(MachineAddress tables);

MachineAddress image_address();

}  // namespace xenolith::boot
