// SPDX-License-Identifier: MIT
// Domains that the machine's device tree names ("xen,domain"): made at boot, without tools, beside the hardware domain or without one.
#pragma once

namespace xenolith::domains {

// Makes them, paused, in the tree's order. One that cannot be made is said in the log and left out. Boot CPU, after the hardware domain
// has its memory.
void build_all();
// Lets them run.
void start_all();

}  // namespace xenolith::domains
