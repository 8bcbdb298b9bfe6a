// SPDX-License-Identifier: MIT
// What each architecture has of its own: guests/bench/x86, guests/bench/arm64.
#pragma once

#include "core/base/types.hpp"

namespace xenolith::guest::bench {

// Rows: exits that only this architecture has.
void processor_rows();

// Interrupts that vCPUs send each other by the interrupt controller. The handler is called on the vCPU that is hit.
void set_ipi_handler(void (*handler)());
void send_ipi(u32 vcpu);
void send_ipi_to_self();

// The single-shot timer that kernels use, on the first vCPU.
void open_timer();
void close_timer();
void set_timer(u64 when);  // system time
u32 timer_count();         // how often it has fired

}  // namespace xenolith::guest::bench
