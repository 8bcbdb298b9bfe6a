// SPDX-License-Identifier: MIT
#include "arch/arm64/boot/home.hpp"

#include <arch/cache.hpp>
#include <arch/layout.hpp>
#include <arch/page_entry.hpp>

#include "core/base/bits.hpp"
#include "core/image/image.hpp"
#include "core/paging/page_table.hpp"
#include "core/paging/windows.hpp"

extern "C" {
extern xenolith::u64 boot_image_l2[512];
extern xenolith::u64 image_machine_address, secondary_root;
void change_page_tables(xenolith::u64 root);
}

namespace xenolith::boot {
namespace {

constexpr u64 large_page = u64{2} << 20;
constexpr unsigned first_window = (layout::boot_windows - layout::image) / large_page;

Result<void> map_section(u64 first, u64 end, mm::Access access) {
  u64 offset = first - image::start_address();
  return mm::PageTable::map(HostVirtual{first}, image_address() + offset, end - first, access, false);
}

Result<void> map_image() {
  u64 text_end = reinterpret_cast<u64>(image::text_end), rodata_end = reinterpret_cast<u64>(image::rodata_end);
  TRY(map_section(image::start_address(), text_end, mm::Access::read_execute));
  TRY(map_section(text_end, rodata_end, mm::Access::read_only));
  return map_section(rodata_end, reinterpret_cast<u64>(image::image_end), mm::Access::read_write);
}

// The page of the entry code, at its machine address: where CPUs switch paging on.
Result<void> map_entry_page() {
  return mm::PageTable::map(HostVirtual{image_address().raw()}, image_address(), page_size, mm::Access::read_execute);
}

}  // namespace

MachineAddress image_address() { return MachineAddress{image_machine_address}; }

void* show(Window window, MachineAddress address, bool is_device) {
  MachineAddress block{align_down(address.raw(), large_page)};
  mm::Access access = is_device ? mm::Access::device : mm::Access::read_write;
  unsigned index = first_window + static_cast<unsigned>(window);
  boot_image_l2[index] = arch::PageEntry::leaf(frame_of(block), access, 1).raw();
  if (window == Window::tree) boot_image_l2[index + 1] = arch::PageEntry::leaf(frame_of(block + large_page), access, 1).raw();
  arch::note_entry_filled();
  return reinterpret_cast<void*>(layout::image + index * large_page + (address - block));
}

Result<void> make_page_tables(MachineAddress tables) {
  u64 shown = reinterpret_cast<u64>(show(Window::tables, tables, false));
  mm::TableMemory::initialise(frame_of(tables), mm::TableMemory::block_frames, shown - tables.raw());
  TRY(mm::PageTable::create());
  TRY(map_image());
  TRY(map_entry_page());
  TRY(mm::PageTable::map(HostVirtual{layout::heap + tables.raw()}, tables, large_page, mm::Access::read_write));
  // Secondary CPUs read it past the caches.
  secondary_root = mm::PageTable::root().raw();
  arch::clean_cache(reinterpret_cast<const std::byte*>(&secondary_root), sizeof(secondary_root));
  change_page_tables(mm::PageTable::root().raw());
  mm::TableMemory::use_heap_range();
  return mm::prepare_windows(CpuId{0});
}

}  // namespace xenolith::boot
