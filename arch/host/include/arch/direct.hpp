// SPDX-License-Identifier: MIT
// Architecture contract: what each access to memory asks for, so inline where there is a real machine.
#pragma once

#include <cstddef>

#include "core/base/units.hpp"

namespace xenolith {
class Frame;
}

namespace xenolith::arch {

// The machine frame behind an address of the hypervisor's heap (heap_allocate, HeapPages).
Mfn heap_frame(const void* address);
// Where the heap frame `mfn` is mapped. Only for frames that belong to the heap.
void* heap_address(Mfn mfn);

// Entry 0 of the frame table. Entries are there only where back_frame_table() has succeeded.
Frame* frame_table();
// Highest frame number that the table has room for, plus one.
Mfn frame_table_limit();

// Behind FrameMapping: maps a frame at this CPU's next window; the last opened is closed first.
std::byte* open_window(Mfn mfn);
void close_window(std::byte* window);

}  // namespace xenolith::arch
