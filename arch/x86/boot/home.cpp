// SPDX-License-Identifier: MIT
#include "arch/x86/boot/home.hpp"

#include <algorithm>

#include "core/image/image.hpp"
#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/mm/features.hpp"
#include <arch/layout.hpp>
#include "core/paging/page_table.hpp"
#include "core/paging/windows.hpp"
#include "core/base/bits.hpp"
#include "core/base/log.hpp"

namespace xenolith::boot {
namespace {

constexpr u64 large_page = u64{2} << 20;
constexpr u64 end_of_identity_map = u64{1} << 32;
constexpr u64 first_usable = u64{1} << 20;

bool is_free(const BootInformation& information, MachineAddress loaded_at, Range place) {
  if (place.overlaps(loaded_at, loaded_at + image::size())) return false;
  for (const BootModule& module : information.modules())
    if (place.overlaps(module.start, module.start + module.length)) return false;
  return true;
}

// The highest place of `size` bytes in RAM below 4 GiB, aligned to 2 MiB.
Result<Range> find_place(const BootInformation& information, MachineAddress loaded_at, u64 size) {
  Range best{};
  for (const MemoryRange& range : information.memory.ranges()) {
    if (range.type != MemoryType::ram) continue;
    u64 end = std::min(range.end().raw(), end_of_identity_map);
    u64 lowest = align_up(std::max(range.start.raw(), first_usable), large_page);
    if (end < size) continue;
    for (u64 first = align_down(end - size, large_page); first >= lowest && first > best.first.raw(); first -= large_page) {
      Range place{MachineAddress{first}, MachineAddress{first + size}};
      if (!is_free(information, loaded_at, place)) continue;
      best = place;
      break;
    }
  }
  if (best.first == MachineAddress{}) return Failure{XEN_ENOMEM};
  return best;
}

Result<void> map_section(MachineAddress home, u64 first, u64 end, mm::Access access) {
  u64 offset = first - image::start_address();
  return mm::PageTable::map(HostVirtual{first}, home + offset, end - first, access, false);
}

Result<void> map_image(MachineAddress home) {
  u64 text_end = reinterpret_cast<u64>(image::text_end), rodata_end = reinterpret_cast<u64>(image::rodata_end);
  TRY(map_section(home, image::start_address(), text_end, mm::Access::read_execute));
  TRY(map_section(home, text_end, rodata_end, mm::Access::read_only));
  return map_section(home, rodata_end, reinterpret_cast<u64>(image::image_end), mm::Access::read_write);
}

// Copies the running image and switches to the copy: in one piece of assembly, so that nothing, not even the stack, changes
// in between.
void copy_and_switch(MachineAddress home, MachineAddress root) {
  u64 to = home.raw(), from = image::start_address(), count = image::size();
  asm volatile("rep movsb; movq %3, %%cr3" : "+D"(to), "+S"(from), "+c"(count) : "r"(root.raw()) : "memory");
}

void enable_protection() {
  const mm::PagingFeatures& have = mm::features();
  if (have.no_execute) write_msr(Msr::efer, read_msr(Msr::efer) | efer::nxe);
  write_cr0(read_cr0() | cr0::wp);
}

}  // namespace

Result<Range> move_home(const BootInformation& information, MachineAddress loaded_at) {
  u64 image_size = align_up(image::size(), large_page);
  u64 tables_size = mm::TableMemory::block_frames * page_size;
  Range home = TRY(find_place(information, loaded_at, image_size + tables_size));
  MachineAddress tables = home.first + image_size;
  enable_protection();
  mm::TableMemory::initialise(frame_of(tables), mm::TableMemory::block_frames, 0);
  TRY(mm::PageTable::create());
  TRY(map_image(home.first));
  TRY(mm::PageTable::map(HostVirtual{layout::heap + tables.raw()}, tables, tables_size, mm::Access::read_write));
  copy_and_switch(home.first, mm::PageTable::root());
  mm::TableMemory::use_heap_range();
  write_cr4(read_cr4() | cr4::pge);
  // What the image does not fill of its 2 MiB pages serves too.
  TRY(mm::prepare_windows(CpuId{0}));
  return home;
}

}  // namespace xenolith::boot
