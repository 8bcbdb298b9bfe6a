// SPDX-License-Identifier: MIT
// The console_io hypercall: guests' access to the hypervisor's console.
#pragma once

#include "core/hypercall/hypercall.hpp"

namespace xenolith {

// Arguments: CONSOLEIO_write or CONSOLEIO_read, number of characters, guest-virtual address of the characters.
// write: 0. The hardware domain's characters go out as they are; others' lines behind "(dN) ", if guest_loglvl= lets debug messages
// through, which is also needed for a domain without privilege to make the call at all.
// read (control domains): the number of characters, not more than asked for.
// Errors: EPERM, EFAULT, ERANGE (more than 2^31-1 characters), ENOSYS (no such command).
HypercallOutcome console_io(Vcpu& caller, const HypercallArguments& arguments);

// One character of a domain's own console output (also from I/O port 0xe9): kept until the end of its line.
void put_guest_console(const Domain& domain, char c);
// Prints what a domain that is going away has left without a newline.
void end_guest_console(const Domain& domain);

}  // namespace xenolith
