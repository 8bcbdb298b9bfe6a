// SPDX-License-Identifier: MIT
// Where things lie in a PVH guest's memory. The same places as xl gives them, so that tools that look there find them.
#pragma once

#include <vector>

#include "tools/control/guest_memory.hpp"

namespace xenolith::tools {

namespace pvh {

constexpr uint64_t gib = uint64_t(1) << 30;
constexpr uint64_t acpi_address = 0xfc000000;  // tables; also the start of the hole below 4 GiB
constexpr uint64_t hole_end = 4 * gib;
constexpr Gfn special_start{0xfeff8};  // eight frames, not all of them used
constexpr PageCount special_count{8};
constexpr Gfn store_frame{0xfeffc};
constexpr Gfn ident_frame{0xfeffe};  // page directory for processors that cannot do without paging
constexpr Gfn console_frame{0xfefff};
constexpr uint64_t low_rsdp_address = 0x100000 - 64;  // where old kernels look for it

}  // namespace pvh

constexpr uint64_t page_align(uint64_t size) { return (size + page_size - 1) & ~(page_size - 1); }

// RAM below and above the hole, in bytes.
struct RamLayout {
  uint64_t low_end = 0;
  uint64_t high_end = 0;  // 0: none; otherwise above 4 GiB

  static RamLayout of(KiB memory);
};

// The map the guest is told: RAM, ACPI tables, reserved frames; ascending. An RSDP below 1 MiB gets a range of its own
// if it is there.
std::vector<MemoryRange> pvh_memory_map(const RamLayout& ram, uint64_t acpi_size, bool low_rsdp);

}  // namespace xenolith::tools
