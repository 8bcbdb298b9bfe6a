// SPDX-License-Identifier: MIT
// Architecture contract: copying between the hypervisor and the address space of a vCPU that is making a
// hypercall (its own page tables, in its current mode).
#pragma once

#include <cstddef>
#include <span>

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {
class Vcpu;
}

namespace xenolith::arch {

// Fail with EFAULT where the range is not mapped (for writing: not writable) or not memory; what was copied before
// the fault stays copied. Called on the CPU that runs `vcpu`.
Result<void> read_guest(Vcpu& vcpu, std::span<std::byte> to, GuestVirtual from);
Result<void> write_guest(Vcpu& vcpu, GuestVirtual to, std::span<const std::byte> from);
// Where `address` lies in guest-physical memory, for an access that writes. Fails with EFAULT.
Result<GuestPhysical> translate_guest(Vcpu& vcpu, GuestVirtual address);

}  // namespace xenolith::arch
