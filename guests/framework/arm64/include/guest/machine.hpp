// SPDX-License-Identifier: MIT
// What the hypervisor told the guest at its start.
#pragma once

#include <string_view>

#include "core/base/types.hpp"

namespace xenolith::guest {

// The device tree blob.
const void* device_tree();
// The words that the toolstack gave it: the tree's /chosen/bootargs.
std::string_view command_line();
// What the framework needs of it: found once, at the start.
struct Machine {
  u32 gic_version = 0;
  u64 distributor = 0, redistributors = 0, cpu_interface = 0;
  u32 cpus = 0;
  u32 event_interrupt = 0, virtual_timer = 0, physical_timer = 0;  // INTIDs
  bool psci_by_hvc = true;
};
const Machine& machine();
void read_machine(const void* tree);

// PSCI: function, then up to three arguments.
long psci(u32 function, u64 first = 0, u64 second = 0, u64 third = 0);

// What is called when the event interrupt comes; on each vCPU, before events are wanted. Zero, or minus an error.
long enable_event_interrupt(void (*handler)());
// What is called on any vCPU when this SGI or PPI comes.
void set_private_handler(u32 intid, void (*handler)());

// Whether nothing is mapped there in the guest-physical map: reading ends in an external abort.
bool is_hole(const volatile u64& place);

// This domain's number.
u32 domain_number();

// A line where there is no console hypercall: the PV console, if there is one, with the mark that hypervisors put before guests' lines.
void write_debug(std::string_view line);

}  // namespace xenolith::guest
