// SPDX-License-Identifier: MIT
// Walking a guest's own page tables in software (Intel SDM volume 3, chapter 4 "Paging").
#pragma once

#include <optional>
#include <span>

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {
class Vcpu;
}

namespace xenolith::hvm {

// Bits of a page fault's error code, which also say what access is tried.
namespace fault {
inline constexpr u32 present = 1, write = 2, user = 4, reserved = 8, fetch = 16;
}

struct Translation {
  bool ok = false;
  GuestPhysical address;  // when ok
  u32 error = 0;          // page fault error code, when not
};

// Translates one address for an access of this kind (fault::write, user, fetch) by the vCPU's present paging mode. On
// its own CPU or while it is paused. Accessed and dirty bits are set as the processor would.
Translation translate(Vcpu& vcpu, GuestVirtual address, u32 access);

// Privilege of ordinary data accesses now: fault::user or 0.
u32 access_privilege(Vcpu& vcpu);

// The bytes at rip, as many as are mapped, for decoding.
size_t fetch_instruction_bytes(Vcpu& vcpu, std::span<u8> to);

// Reads and writes guest-physical memory of the domain. Fail with EFAULT where there is no RAM.
Result<void> read_physical(Vcpu& vcpu, GuestPhysical from, std::span<std::byte> to);
Result<void> write_physical(Vcpu& vcpu, GuestPhysical to, std::span<const std::byte> from);

}  // namespace xenolith::hvm
