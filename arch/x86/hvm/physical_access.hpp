// SPDX-License-Identifier: MIT
// Accesses of a vCPU to guest-physical memory of any kind: RAM, virtual devices, devices mapped directly, nothing.
#pragma once

#include "arch/x86/insn/outcome.hpp"
#include "core/base/units.hpp"

namespace xenolith {
class Vcpu;
}

namespace xenolith::hvm {

// 1 to 8 bytes that lie in one page. Where there is nothing, reads give all ones and writes have no effect. Outcomes of
// the device concerned; #GP for writing a grant that is read-only.
Attempt<u64> read_physical_access(Vcpu& vcpu, GuestPhysical address, unsigned size);
Outcome write_physical_access(Vcpu& vcpu, GuestPhysical address, unsigned size, u64 value);
// Sizes 1, 2, 4, 8. Atomic in RAM; elsewhere writes `desired` and returns `expected`.
Attempt<u64> compare_exchange_physical(Vcpu& vcpu, GuestPhysical address, unsigned size, u64 expected, u64 desired);

// Whether a virtual device of the domain is there (for this vCPU: its own local APIC).
bool is_virtual_device(Vcpu& vcpu, GuestPhysical address);

}  // namespace xenolith::hvm
