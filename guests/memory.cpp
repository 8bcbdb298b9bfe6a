// SPDX-License-Identifier: MIT
// Memory operations on the domain's own memory: giving pages back and getting them again, mapping Xen's pages, memory maps.
#include <cstring>

#include "guests/framework/memory_map.hpp"
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

Page page, other_page;

long pages_held() {
  domid_t self = DOMID_SELF;
  return memory_op(XENMEM_current_reservation, &self);
}

xen_memory_reservation reservation_of(xen_pfn_t* frames, u64 count) {
  xen_memory_reservation request{};
  set_xen_guest_handle(request.extent_start, frames);
  request.nr_extents = count;
  request.domid = DOMID_SELF;
  return request;
}

// dom0's guest frame is the machine frame, also after a page went and came back.
void give_and_take() {
  Check check{"decrease_and_populate"};
  long held = pages_held();
  xen_pfn_t frame = page.frame();
  xen_memory_reservation request = reservation_of(&frame, 1);
  check.equal(memory_op(XENMEM_decrease_reservation, &request), 1, "answer to decrease_reservation");
  check.equal(pages_held(), held - 1, "pages after it");
  check.equal(memory_op(XENMEM_decrease_reservation, &request), 0, "answer for a page that is gone");
  frame = page.frame();
  check.equal(memory_op(XENMEM_populate_physmap, &request), 1, "answer to populate_physmap");
  check.equal(pages_held(), held, "pages after it");
  page.bytes[5] = 0x55;
  check.equal(*static_cast<volatile u8*>(&page.bytes[5]), u8{0x55}, "what was written");
}

void wrong_arguments() {
  Check check{"wrong_arguments"};
  xen_pfn_t frame = u64{1} << 50;
  xen_memory_reservation request = reservation_of(&frame, 1);
  check.equal(memory_op(XENMEM_decrease_reservation, &request), 0, "decrease of a frame that cannot be");
  request.extent_order = 60;
  check.expect(memory_op(XENMEM_populate_physmap, &request) <= 0, "populate takes order 60");
  request.extent_order = 0;
  request.nr_extents = ~u64{0};
  check.expect(memory_op(XENMEM_decrease_reservation, &request) <= 0, "decrease takes 2^64-1 extents");
  check.equal(memory_op(63, nullptr), -XEN_ENOSYS, "an unknown sub-operation");
}

void move_shared_info() {
  Check check{"add_to_physmap"};
  u64 before = shared_page().vcpu_info[0].time.tsc_to_system_mul;
  xen_add_to_physmap request{.domid = DOMID_SELF, .size = 0, .space = XENMAPSPACE_shared_info, .idx = 0, .gpfn = other_page.frame()};
  check.equal(memory_op(XENMEM_add_to_physmap, &request), 0, "answer");
  check.equal(u64{other_page.as<shared_info>()->vcpu_info[0].time.tsc_to_system_mul}, before, "contents of the new place");
  map_shared_info();
  check.equal(u64{shared_page().vcpu_info[0].time.tsc_to_system_mul}, before, "contents of the old place, moved back");
  request.space = 77;
  check.expect(memory_op(XENMEM_add_to_physmap, &request) < 0, "space 77 is taken");
  request.space = XENMAPSPACE_shared_info;
  request.idx = 1;
  check.equal(memory_op(XENMEM_add_to_physmap, &request), -XEN_EINVAL, "answer for index 1");
}

void remove() {
  Check check{"remove_from_physmap"};
  static Page victim;
  long held = pages_held();
  xen_remove_from_physmap request{.domid = DOMID_SELF, .gpfn = victim.frame()};
  check.equal(memory_op(XENMEM_remove_from_physmap, &request), 0, "answer");
  check.expect(memory_op(XENMEM_remove_from_physmap, &request) < 0, "it can be removed twice");
  note("a page removed from the physmap: {} pages before, {} after", held, pages_held());
}

void numbers() {
  Check check{"numbers"};
  long top = memory_op(XENMEM_maximum_ram_page, nullptr);
  check.expect(top > 0x1000 && top < (1l << 40), "highest frame {:#x}", top);
  domid_t self = DOMID_SELF;
  long held = pages_held(), most = memory_op(XENMEM_maximum_reservation, &self);
  check.expect(held > 0x1000, "{} pages", held);
  check.expect(most >= held, "at most {} pages, and it has {}", most, held);
  long highest = memory_op(XENMEM_maximum_gpfn, &self);
  check.expect(highest >= static_cast<long>(page.frame()), "highest guest frame {:#x}", highest);
}

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
  give_and_take();
  wrong_arguments();
  move_shared_info();
  remove();
  numbers();
  check_map("memory_map", XENMEM_memory_map);
  check_map("machine_memory_map", XENMEM_machine_memory_map);
  short_list();
  start_information();
  beyond_memory();
}

}  // namespace xenolith::guest
