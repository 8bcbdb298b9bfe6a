// SPDX-License-Identifier: MIT
#pragma once

namespace xenolith {

// Prints the event channels of all domains to the console (debug key e). From a CPU's main loop.
void dump_event_channels();

}  // namespace xenolith
