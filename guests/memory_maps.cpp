// SPDX-License-Identifier: MIT
// The memory maps that a PVH dom0 is told, and what lies beyond its memory.
#include <cstring>

#include "guests/framework/memory_map.hpp"
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

Page page;

// The maps that the hypervisor tells: ascending, without overlap, with this image in RAM.
void check_map(std::string_view name, u32 command) {
  Check check{name};
  long answer;
  std::span<const MapEntry> map = memory_map(command, &answer);
  if (command == XENMEM_machine_memory_map && answer == -XEN_ENOSYS) return check.skip("not for this kind of guest");
  if (!check.equal(answer, 0, "answer")) return;
  bool found = false;
  u64 end = 0;
  for (const MapEntry& entry : map) {
    check.expect(entry.start >= end, "a range begins at {:#x}, the one before it ends at {:#x}", u64{entry.start}, end);
    end = entry.end();
    found |= entry.type == XEN_HVM_MEMMAP_TYPE_RAM && entry.holds(address_of(&page));
  }
  check.expect(found, "this image is not in RAM");
}

void short_list() {
  Check check{"memory_map_short"};
  static MapEntry entry;
  xen_memory_map request{};
  request.nr_entries = 1;
  set_xen_guest_handle_raw(request.buffer, &entry);
  long answer = memory_op(XENMEM_memory_map, &request);
  check.expect(answer == 0 || answer == -XEN_EINVAL || answer == -XEN_ENOBUFS, "answer is {}", answer);
  check.expect(answer != 0 || request.nr_entries <= 1, "{} entries", request.nr_entries);
}

void start_information() {
  Check check{"start_info"};
  const hvm_start_info& start = start_info();
  check.expect(start.flags & SIF_INITDOMAIN, "flags {:#x}", start.flags);
  check.equal(start.nr_modules, 0u, "number of modules");
  check.expect(start.rsdp_paddr && std::memcmp(reinterpret_cast<const char*>(start.rsdp_paddr), "RSD PTR ", 8) == 0,
               "there is no RSDP at {:#x}", start.rsdp_paddr);
  if (start.version == 0 || start.memmap_entries == 0) return;
  const auto* entries = reinterpret_cast<const hvm_memmap_table_entry*>(start.memmap_paddr);
  std::span<const MapEntry> map = memory_map();
  check.equal(u64{start.memmap_entries}, map.size(), "entries of its memory map");
  for (u32 i = 0; i < start.memmap_entries && i < map.size(); ++i)
    check.expect(entries[i].addr == map[i].start && entries[i].size == map[i].length && entries[i].type == map[i].type,
                 "entry {} differs from that of XENMEM_memory_map", i);
}

// What the hypervisor keeps of the machine's memory is reserved in dom0's map, beside dom0's RAM, and dom0 can neither read nor
// change it: nothing is there. What the firmware has reserved below 1 MiB is dom0's to look at.
void beyond_memory() {
  Check check{"beyond_memory"};
  std::span<const MapEntry> map = memory_map();
  constexpr u64 end_of_firmware = u64{1} << 20, end_of_ram = u64{1} << 30;
  u32 looked_at = 0;
  for (size_t i = 1; i < map.size(); ++i) {
    const MapEntry &before = map[i - 1], &entry = map[i];
    bool follows_ram = before.type == XEN_HVM_MEMMAP_TYPE_RAM && before.end() == entry.start;
    if (entry.type != XEN_HVM_MEMMAP_TYPE_RESERVED || !follows_ram || entry.start % page_size || entry.end() > end_of_ram) continue;
    if (entry.start < end_of_firmware) continue;
    volatile u64& there = *reinterpret_cast<volatile u64*>(entry.start + 8);
    const u64 found = there;
    ++looked_at;
    check.equal(found, ~u64{0}, "what is read beyond dom0's memory");
    there = 0;
    check.equal(u64{there}, found, "what is read after a write beyond dom0's memory");
  }
  if (!looked_at) check.skip("dom0 has all memory");
}

}  // namespace

void test_main() {
  check_map("memory_map", XENMEM_memory_map);
  check_map("machine_memory_map", XENMEM_machine_memory_map);
  short_list();
  start_information();
  beyond_memory();
}

}  // namespace xenolith::guest
