// SPDX-License-Identifier: MIT
// The machine's serial console: the one that the device tree names, or the option dtuart=.
#pragma once

#include <optional>

#include "core/device_tree/uart.hpp"

namespace xenolith::serial {

// What is used; nothing without one.
const std::optional<HostUart>& console_uart();
// Once at boot, when device tree and command line have been read: attaches the line. `base`: where its registers are; shown by the caller.
void choose_console();
void start_console(void* base);
void move_console(void* base);
// When interrupts and timers work: receives by interrupt (by timer where there is none) and stops waiting for the transmitter.
void start_interrupts();

}  // namespace xenolith::serial
