// SPDX-License-Identifier: MIT
#pragma once

namespace xenolith::mm {

// All CPUs forget all translations of the hypervisor's address space (global ones too) before this returns. Callers: any
// context with interrupts enabled and no lock held that an interrupt handler takes.
void flush_all_cpus();

}  // namespace xenolith::mm
