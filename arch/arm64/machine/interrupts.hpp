// SPDX-License-Identifier: MIT
// Tying what the device tree says to the interrupt controller, the timer and the firmware.
#pragma once

#include "core/base/result.hpp"

namespace xenolith::machine {

// Boot CPU, interrupts off: interrupt controller, clocks and firmware calls are usable afterwards. Fails with the cause in the log.
Result<void> initialise_interrupts();

}  // namespace xenolith::machine
