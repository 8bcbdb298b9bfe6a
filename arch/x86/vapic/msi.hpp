// SPDX-License-Identifier: MIT
// Message-signalled interrupts of a domain's devices.
// Source: Intel SDM volume 3, "Message Signalled Interrupts"; XEN_HVM_CPUID_EXT_DEST_ID in <xen/arch-x86/cpuid.h>.
#pragma once

#include "arch/x86/vapic/apic_bus.hpp"
#include "core/base/result.hpp"

namespace xenolith::vapic {

// What a write of `data` to `address` means. Fails with EINVAL if the address is not in 0xfee00000-0xfeefffff or the
// delivery mode is reserved; EOPNOTSUPP for the de-assertion of a level, which is without effect.
Result<InterruptMessage> decode_msi(u64 address, u32 data);

// Returns the number of local APICs reached; fails like decode_msi(). Any CPU.
Result<unsigned> deliver_msi(ApicBus& bus, u64 address, u32 data);

}  // namespace xenolith::vapic
