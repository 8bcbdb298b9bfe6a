// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/hvm/vendor.hpp"

namespace xenolith::hvm {

// Gives the vCPU those registers of `after` that differ from `before`, its present ones, and flushes its translations
// where the change asks for it.
void apply_controls(Vcpu& vcpu, const ControlRegisters& before, const ControlRegisters& after);

}  // namespace xenolith::hvm
