// SPDX-License-Identifier: MIT
// What each architecture has of its own in making a child: guests/bench/x86/child_start.cpp, guests/bench/arm64/child_start.cpp.
// Functions return minus an error, or 0.
#pragma once

#include "guests/bench/other_domain.hpp"

namespace xenolith::guest::bench {

// Where the child's memory begins, and its image lies.
u64 child_memory();
u64 child_image_address();

// What is not the same everywhere.
void configure(xen_domctl_createdomain& domain);
long prepare(domid_t domain);  // when it has a vCPU, and before it has memory

// Writes what the image is told at its start, its command line among it.
long write_start(domid_t domain, std::string_view command_line);

// The registers of its first vCPU.
long set_registers(domid_t domain);

// (child_loader.cpp) Writes into the domain's memory; reads from it, once the child was started.
long write(domid_t domain, u64 address, const void* data, u64 size);
long read(domid_t domain, u64 address, void* data, u64 size);

// (other_domain.cpp) Makes the call with command, version and domain filled in.
long domctl(u32 command, domid_t domain, xen_domctl& request);

}  // namespace xenolith::guest::bench
