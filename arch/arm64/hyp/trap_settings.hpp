// SPDX-License-Identifier: MIT
// What of a guest's doings leads to an exit.
#pragma once

namespace xenolith::trap_settings {

// On each CPU, once.
void set_up_this_cpu();
// While a vCPU is dispatched: stage 2 is on. Otherwise EL1 and EL0 have nothing to translate by.
void enable();
void disable();

}  // namespace xenolith::trap_settings
