// SPDX-License-Identifier: MIT
#include "arch/x86/dom0/boot_window.hpp"

#include <utility>

#include <arch/layout.hpp>
#include "core/paging/page_table.hpp"
#include "core/paging/remote_flush.hpp"
#include "core/base/bits.hpp"

namespace xenolith::dom0 {
namespace {
constexpr u64 large_page = u64{2} << 20;
}

Result<BootWindow> BootWindow::open(MachineAddress first, MachineAddress end) {
  BootWindow window{align_down(first.raw(), large_page), align_up(end.raw(), large_page)};
  mm::TableMemory::refill();
  // In pages of 2 MiB, so that unmap() takes them away as such.
  for (u64 at = window.first_; at < window.end_; at += large_page)
    TRY(mm::PageTable::map(HostVirtual{layout::boot_mappings + at}, MachineAddress{at}, large_page, mm::Access::read_write));
  return Result<BootWindow>{std::move(window)};
}

BootWindow::BootWindow(BootWindow&& other) noexcept : first_{other.first_}, end_{std::exchange(other.end_, other.first_)} {}

BootWindow::~BootWindow() {
  if (first_ == end_) return;
  mm::PageTable::unmap(HostVirtual{layout::boot_mappings + first_}, end_ - first_);
  mm::flush_all_cpus();
}

std::span<u8> BootWindow::bytes(MachineAddress at, u64 size) const {
  return {reinterpret_cast<u8*>(layout::boot_mappings + at.raw()), size};
}

}  // namespace xenolith::dom0
