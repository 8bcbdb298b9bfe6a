// SPDX-License-Identifier: MIT
// What the console does in a CPU's main loop (Work::console): input, and telling the hardware domain.
#pragma once

#include <span>

#include "core/base/types.hpp"

namespace xenolith {

// Once at boot, when CPUs can do work: takes on Work::console and registers the debug keys.
void start_console_work();
// The same without the debug keys.
void take_on_console_work();
// The first domains are about to start: input goes to the hardware domain, or where there is none to the first with a serial line (unless conswitch= says otherwise), changes of the ring are told.
void console_boot_ends();

// The ring has new text: VIRQ_CON_RING soon. Any context.
void note_ring_changed();

// Characters have come in on the serial line. Any context; what does not fit into the buffer of 256 is lost.
void note_input(std::span<const char> characters);

// What was typed for the hardware domain; returns the number of characters (CONSOLEIO_read).
size_t read_console_input(std::span<char> to);

}  // namespace xenolith
