// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/types.hpp"

namespace xenolith {

// An identification register (op0 3, op1 0, CRn 0, CRm 1 to 7) as a guest reads it. `has_gic_registers`: its GIC is a version 3.
u64 guest_identification(unsigned crm, unsigned op2, bool has_gic_registers);

}  // namespace xenolith
