// SPDX-License-Identifier: MIT
// What the processors can do for guest-physical maps, and which numbers their TLBs know domains by.
#pragma once

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {

class Domain;

namespace stage2 {

// On the boot CPU, before the first domain: reads what it can do. On the others: panics if one can do less.
void detect();
void check_this_cpu();
u64 control_register();  // VTCR_EL2

// VMIDs. Fails with ENOSPC when all are in use: 255 domains, or 65535 where the processor has 16 bits of them.
Result<u16> take_vmid();
void put_vmid(u16 vmid);
// VTTBR_EL2 for the domain.
u64 base_register(const Domain& domain);
// The TLBs of all CPUs forget what is tagged with the VMID of this VTTBR value.
void forget(u64 base);

}  // namespace stage2
}  // namespace xenolith
