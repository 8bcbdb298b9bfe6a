// SPDX-License-Identifier: MIT
// A second domain, built by the guest itself through domctl as a toolstack does for a PVH guest: no virtual devices but a local APIC.
#pragma once

#include "guests/framework/test.hpp"

namespace xenolith::guest::bench {

inline constexpr u32 child_pages = 1024;  // 4 MiB

// Makes an empty domain: vCPU, limits, memory. Returns its number, or minus the error of the call that failed; what was made
// until then stays.
long create_domain();

// (child_loader.cpp) Loads the child's image (child.cpp) with this command line and lets it run. Returns minus an error, or 0.
long start_child(domid_t domain, std::string_view command_line);

// Returns minus an error, or 0 when its memory is free again.
long destroy_domain(domid_t domain);

// How many domains a listing finds, of at most 2,048.
u32 list_domains();

// Free memory of the machine.
u64 free_pages();

// A channel between the child's `remote_port` and the answered port. Minus an error.
long connect_channel(domid_t domain, u32* remote_port);

}  // namespace xenolith::guest::bench
