// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/irq/irq_types.hpp"
#include "core/base/bits.hpp"
#include "core/base/result.hpp"

namespace xenolith::irq {

// What a device writes to raise an interrupt.
// Source: Intel SDM volume 3, "Advanced Programmable Interrupt Controller (APIC)", "Message Signalled Interrupts".
struct MsiMessage {
  u64 address;
  u32 data;
  constexpr bool operator==(const MsiMessage&) const = default;
};

// The message that sends a fixed, edge-triggered interrupt to one CPU of this machine. Fails with ERANGE for APIC IDs
// that 8 bits cannot name (0xff is everybody): without interrupt remapping, devices cannot reach such CPUs.
inline Result<MsiMessage> compose_msi(ApicId destination, Vector vector) {
  if (destination > highest_addressable_apic) return Failure{XEN_ERANGE};
  return MsiMessage{0xfee00000 | (u64{destination.raw()} << 12), vector.raw()};
}

}  // namespace xenolith::irq
