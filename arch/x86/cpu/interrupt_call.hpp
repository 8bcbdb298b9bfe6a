// SPDX-License-Identifier: MIT
// A function for another CPU to run in its interrupt handler, whatever it is doing: for what cannot wait until that CPU is back in its main
// loop (remote_call()), because it may wait for the caller meanwhile.
#pragma once

#include "core/base/units.hpp"

namespace xenolith {

// Returns when function(context) has been called on `cpu`, with interrupts off there. The function takes no locks and is short. Callers:
// not an interrupt handler, no lock held that an interrupt handler takes.
void call_by_interrupt(CpuId cpu, void (*function)(void*), void* context);
// The interrupt has come.
void serve_interrupt_call();

}  // namespace xenolith
