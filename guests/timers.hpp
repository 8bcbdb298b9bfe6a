// SPDX-License-Identifier: MIT
// What of the guest "timers" differs between architectures.
#pragma once

namespace xenolith::guest {

// The processor's own counters and timers.
void hardware_clocks();

}  // namespace xenolith::guest
