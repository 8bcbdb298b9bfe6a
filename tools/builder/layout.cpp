// SPDX-License-Identifier: MIT
#include "tools/builder/layout.hpp"

#include <algorithm>

namespace xenolith::tools {

RamLayout RamLayout::of(KiB memory) {
  uint64_t bytes = to_pages(memory).value() * page_size;
  RamLayout ram;
  ram.low_end = std::min(bytes, pvh::acpi_address);
  if (bytes > ram.low_end) ram.high_end = pvh::hole_end + (bytes - ram.low_end);
  return ram;
}

std::vector<MemoryRange> pvh_memory_map(const RamLayout& ram, uint64_t acpi_size, bool low_rsdp) {
  std::vector<MemoryRange> map;
  uint64_t start = 0;
  constexpr uint64_t rsdp_page = pvh::low_rsdp_address & ~(page_size - 1);
  if (low_rsdp && ram.low_end >= rsdp_page + page_size) {
    map.push_back({0, rsdp_page, MemoryType::ram});
    map.push_back({rsdp_page, page_size, MemoryType::acpi});
    start = rsdp_page + page_size;
  }
  if (ram.low_end > start) map.push_back({start, ram.low_end - start, MemoryType::ram});
  if (acpi_size) map.push_back({pvh::acpi_address, acpi_size, MemoryType::acpi});
  map.push_back({pvh::special_start.value() * page_size, pvh::special_count.value() * page_size, MemoryType::reserved});
  if (ram.high_end) map.push_back({pvh::hole_end, ram.high_end - pvh::hole_end, MemoryType::ram});
  return map;
}

}  // namespace xenolith::tools
