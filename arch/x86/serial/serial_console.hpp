// SPDX-License-Identifier: MIT
// The machine's console devices: COM1, COM2 and the VGA text screen, as the options console=, com1= and com2= say.
#pragma once

#include <optional>

#include "core/base/units.hpp"

namespace xenolith::irq {
class HostInterrupts;
class HostIoApics;
}  // namespace xenolith::irq

namespace xenolith::serial {

// Once at boot, when the command line has been read: attaches the serial lines. Port I/O only: needs no memory.
void start_console();
// When device memory can be mapped: attaches the text screen, if console= names vga.
void start_screen();
// When interrupts and timers work: receives by interrupt (by timer where there is none) and stops waiting for the transmitter.
void start_interrupts(irq::HostInterrupts& interrupts, irq::HostIoApics& io_apics);
// The hardware domain gets the screen.
void give_screen_away();

// The ports and the interrupt that the hypervisor keeps of line `index` (0: COM1, 1: COM2), if it uses that line. They are to be
// kept from the hardware domain.
struct Claim {
  u16 first_port, end_port;
  std::optional<Gsi> gsi;
};
std::optional<Claim> claim(unsigned index);

}  // namespace xenolith::serial
