// SPDX-License-Identifier: MIT
// Which I/O ports a domain reaches without an exit.
#pragma once

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {
class Domain;
}

namespace xenolith::hvm {

// The bitmap (3 pages) for the hardware: the domain's own, or the common one that intercepts all ports.
Mfn io_bitmap(const Domain& domain);
// Gives the domain a bitmap of its own with all ports intercepted. ENOMEM.
Result<void> own_io_bitmap(Domain& domain);
// Changes a range of a domain with a bitmap of its own. No vCPU runs, or the change may take effect late.
void set_port_intercept(Domain& domain, u16 first, u32 count, bool intercept);

}  // namespace xenolith::hvm
