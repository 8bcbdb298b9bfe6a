// SPDX-License-Identifier: MIT
// Model-specific registers of guests, beside those that the hardware keeps by itself.
#pragma once

#include "core/base/result.hpp"

namespace xenolith {
class Domain;
class Vcpu;
}

namespace xenolith::hvm {

inline constexpr u32 hypercall_page_msr = 0x40000000;  // also in CPUID leaf 0x40000002

// The value, or ENODEV where the guest gets #GP. On the vCPU's own CPU.
Result<u64> read_guest_msr(Vcpu& vcpu, u32 number);
// Fails with any error where the guest gets #GP.
Result<void> write_guest_msr(Vcpu& vcpu, u32 number, u64 value);

// It is dispatched on this CPU: registers that the vendor's entry does not switch.
void load_msrs(Vcpu& vcpu);
// Before the vCPU first runs. The hardware domain's start with what the machine has.
void initialise_msrs(Vcpu& vcpu);

// Fills a guest frame with the stubs through which it makes hypercalls (xen/arch-x86/xen.h, "Hypercall interface").
// EINVAL when it is not the domain's own writable memory.
Result<void> write_hypercall_page(Domain& domain, u64 gfn);

}  // namespace xenolith::hvm
