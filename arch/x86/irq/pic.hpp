// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/irq/port_io.hpp"

namespace xenolith::irq {

// Moves the two 8259 interrupt controllers' vectors out of the exceptions' range (vectors::pic_master, pic_slave) and
// masks all lines: interrupts come through the IO-APICs. At boot, once, before interrupts are enabled.
// Source: Intel 8259A data sheet, "Initialization Command Words".
void silence_pics(PortIo& ports);

}  // namespace xenolith::irq
