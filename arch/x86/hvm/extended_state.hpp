// SPDX-License-Identifier: MIT
// Floating-point, vector and further extended state (Intel SDM volume 1, chapter 13 "Managing State Using the XSAVE Feature Set").
#pragma once

#include <span>

#include "core/base/result.hpp"
#include "core/base/types.hpp"

namespace xenolith {
class Vcpu;
}

namespace xenolith::hvm {

// Boot CPU, then each CPU: finds out what there is and switches it on.
void detect_extended_state();
void enable_extended_state_on_this_cpu();
// Gives the vCPU an area, in the state after reset. ENOMEM.
Result<void> create_extended_state(Vcpu& vcpu);
void load_extended_state(Vcpu& vcpu);
void save_extended_state(Vcpu& vcpu);
// x87 and SSE state as FXSAVE64 writes it, its MXCSR valid; what else there is is as after reset. The vCPU is not loaded.
void load_legacy_state(Vcpu& vcpu, std::span<const u8, 512> state);

// XCR0 of the running guest. The machine has XSAVE.
u64 current_xcr0();
// The running guest's XSETBV; is_valid_xcr0(value) holds.
void change_xcr0(Vcpu& vcpu, u64 value);

// The components that guests may have (XCR0); 0 without XSAVE.
u64 guest_xcr0_mask();
// Whether XSETBV takes the value (#GP otherwise).
bool is_valid_xcr0(u64 value);
// Bytes of the area for the components in xcr0: CPUID leaf 0xd.
u32 extended_state_size(u64 xcr0);

}  // namespace xenolith::hvm
