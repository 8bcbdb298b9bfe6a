// SPDX-License-Identifier: MIT
// What was found out about the machine at boot.
#pragma once

#include <span>

#include "core/base/units.hpp"
#include "core/boot/memory_map.hpp"
#include "core/device_tree/host.hpp"

namespace xenolith::machine {

// The device tree that the loader passed, where it lies and what it says. The bytes stay where they are.
MachineAddress tree_address();
const DeviceTree& tree();
HostDescription& description();

// Reads the tree at `bytes`, which lies at `address`. Again with other `bytes` when it has moved in the hypervisor's address space.
// Fails with the cause in the log.
Result<void> read_tree(MachineAddress address, std::span<const u8> bytes);

// The frames of RAM that the hypervisor may use or give: the tree's memory without what it reserves.
Result<void> make_memory_map();
const MemoryMap& memory_map();

}  // namespace xenolith::machine
