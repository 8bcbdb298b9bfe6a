// SPDX-License-Identifier: MIT
// Intel VMX: what the processor has, and what each CPU needs.
#pragma once

#include "arch/x86/hvm/vendor.hpp"
#include "arch/x86/vmx/capabilities.hpp"

namespace xenolith::vmx {

const Capabilities& capabilities();

// nullptr with the reason in the log when the processor has a VMX that cannot be used.
hvm::Vendor* detect();

// The bitmap of MSRs that guests may touch without an exit: one for all guests whose APIC is reached by MSRs that the processor
// answers for, and one for all others.
Mfn msr_bitmap(bool has_apic_msrs);

// The host's part of a VMCS for this CPU.
class Vmcs;
void write_host_state(Vmcs& vmcs);

}  // namespace xenolith::vmx
