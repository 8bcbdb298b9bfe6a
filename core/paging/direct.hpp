// SPDX-License-Identifier: MIT
// What <arch/direct.hpp> is on real machines: arithmetic on <arch/layout.hpp>, and this CPU's windows.
#pragma once

#include <cstddef>

#include <arch/cpu.hpp>
#include <arch/layout.hpp>
#include <arch/page_entry.hpp>

#include "core/base/units.hpp"

namespace xenolith {
class Frame;

namespace mm {
// A CPU's pages at layout::windows: their entries, whose table is made at boot and never changes, and how many are in use.
struct alignas(arch::cache_line_size) Windows {
  u64* entries = nullptr;
  u32 depth = 0;
};
extern Windows windows[arch::max_cpus];
[[noreturn]] void too_many_windows();
extern Mfn end_of_frames;
}  // namespace mm

namespace arch {

// The machine frame behind an address of the hypervisor's heap (heap_allocate, HeapPages).
inline Mfn heap_frame(const void* address) {
  return frame_of(MachineAddress{reinterpret_cast<u64>(address) - layout::heap});
}
// Where the heap frame `mfn` is mapped. Only for frames that belong to the heap.
inline void* heap_address(Mfn mfn) { return reinterpret_cast<void*>(layout::heap + address_of(mfn).raw()); }

// Entry 0 of the frame table. Entries are there only where back_frame_table() has succeeded.
inline Frame* frame_table() { return reinterpret_cast<Frame*>(layout::frame_table); }
// Highest frame number that the table has room for, plus one.
inline Mfn frame_table_limit() { return mm::end_of_frames; }

// Behind FrameMapping: maps a frame at this CPU's next window; the last opened is closed first.
inline std::byte* open_window(Mfn mfn) {
  const u64 cpu = this_cpu().raw();
  mm::Windows& own = mm::windows[cpu];
  const u32 depth = own.depth++;
  if (depth >= layout::windows_nested) [[unlikely]] mm::too_many_windows();
  own.entries[depth] = PageEntry::leaf(mfn, mm::Access::read_write, 0).raw();
  note_entry_filled();
  asm volatile("" ::: "memory");  // what goes through the window comes after this, and before the window is closed
  return reinterpret_cast<std::byte*>(layout::windows + (cpu * layout::windows_per_cpu + depth) * page_size);
}
inline void close_window(std::byte* window) {
  asm volatile("" ::: "memory");
  mm::Windows& own = mm::windows[this_cpu().raw()];
  own.entries[--own.depth] = 0;
  forget_page(HostVirtual{reinterpret_cast<u64>(window)});
}

}  // namespace arch
}  // namespace xenolith
