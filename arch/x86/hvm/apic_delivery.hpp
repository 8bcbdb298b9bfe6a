// SPDX-License-Identifier: MIT
// Interrupts of the local APIC that the hardware delivers by itself: its registers change hands with each stay in the guest.
#pragma once

#include "arch/x86/hvm/vendor.hpp"

namespace xenolith::hvm {

// Interrupts off, directly before the entry and after the exit; only where delivers_interrupts().
void hand_over_interrupts(Vcpu& vcpu);
void take_back_interrupts(Vcpu& vcpu);

// ---- exits
void handle_end_of_interrupt(Vcpu& vcpu, const Exit& exit);
void handle_apic_write(Vcpu& vcpu, const Exit& exit);

}  // namespace xenolith::hvm
