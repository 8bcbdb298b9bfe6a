// SPDX-License-Identifier: MIT
// Where in the hardware domain's memory kernel, RAM disk and device tree go.
#pragma once

#include <array>
#include <span>

#include "core/base/result.hpp"
#include "core/device_tree/addresses.hpp"
#include "core/dom0/memory.hpp"

namespace xenolith::dom0 {

// Gives pieces of the ranges, from their beginnings on.
class Placement {
 public:
  explicit Placement(std::span<const FrameRange> ranges);
  // ENOMEM, with the cause in the log.
  Result<MachineAddress> take(u64 size, u64 alignment);

 private:
  std::array<FrameRange, 64> free_{};
  size_t count_ = 0;
};

struct LoadedKernel {
  GuestPhysical entry;
};
// A Linux Image (Linux kernel documentation, "Booting AArch64 Linux"). Fails with the cause in the log: ENOEXEC, ENOMEM.
Result<LoadedKernel> load_kernel(Placement& placement, DeviceRange module);
Result<DeviceRange> load_ramdisk(Placement& placement, DeviceRange module);

// Copies to memory that the hypervisor does not map; what is written is seen by CPUs without caches, too.
void write_memory(MachineAddress to, std::span<const u8> from);

}  // namespace xenolith::dom0
