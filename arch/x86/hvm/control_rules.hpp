// SPDX-License-Identifier: MIT
// Which changes of control registers and EFER a processor takes, and what follows from them.
// Sources: Intel SDM volume 3, section 2.5 "Control Registers", volume 2B "MOV—Move to/from Control Registers"; AMD64
// APM volume 2, section 3.1 "System-Control Registers", section 14.6 "Enabling and Activating Long Mode".
#pragma once

#include "arch/x86/hvm/vendor.hpp"

namespace xenolith::hvm {

// Each gives the registers after a write of `value`, with LMA following paging and LME. Fails with EINVAL where the
// processor answers #GP(0).
Result<ControlRegisters> with_cr0(const ControlRegisters& now, u64 value, bool cs_is_long);
// `physical_bits`: width of physical addresses.
Result<ControlRegisters> with_cr3(const ControlRegisters& now, u64 value, unsigned physical_bits);
// `allowed`: bits that the guest's processor has.
Result<ControlRegisters> with_cr4(const ControlRegisters& now, u64 value, u64 allowed);
Result<ControlRegisters> with_efer(const ControlRegisters& now, u64 value, u64 allowed);
// LMSW: the four low bits, of which PE can only be set.
u64 cr0_after_lmsw(u64 cr0, u16 operand);

// Whether the change makes translations invalid.
bool changes_translations(const ControlRegisters& before, const ControlRegisters& after);

}  // namespace xenolith::hvm
