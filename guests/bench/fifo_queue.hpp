// SPDX-License-Identifier: MIT
// The guest's side of FIFO event channels (xen/event_channel.h, "FIFO ABI") on the first vCPU.
#pragma once

#include "guests/framework/test.hpp"

namespace xenolith::guest::bench::fifo {

inline constexpr u32 most_ports = 102'400;  // 100 pages of event words

// Gives the hypervisor the control block and the upcall vector. Returns the answer of the call that failed, or 0.
long start();

// Gives it event words up to `ports`, all masked. Returns as start().
long expand(u32 ports);

void set_masked(u32 port, bool masked);
void clear_pending(u32 port);

// How many events the upcall has taken.
u32 taken();

}  // namespace xenolith::guest::bench::fifo
