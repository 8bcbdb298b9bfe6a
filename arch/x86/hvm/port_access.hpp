// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/insn/outcome.hpp"

namespace xenolith {
class Domain;
class Vcpu;
}  // namespace xenolith

namespace xenolith::hvm {

// An access of 1, 2 or 4 bytes to an I/O port that exits. The hardware domain reaches the machine's port where no
// handler is; elsewhere and for other domains reads give all ones and writes have no effect.
Attempt<u32> read_port(Vcpu& vcpu, u16 port, unsigned size);
Outcome write_port(Vcpu& vcpu, u16 port, unsigned size, u32 value);

// Once, with the domain's first vCPU. Of the hardware domain's ports the interrupt controllers and the interval timer
// are hidden and PCI configuration is virtual; other domains get the debug console at port 0xe9. ENOMEM. Ports of
// further devices that the hypervisor uses are for the builder to hide: hide_ports().
Result<void> set_up_ports(Domain& domain);

}  // namespace xenolith::hvm
