// SPDX-License-Identifier: MIT
// Putting the hardware domain's kernel and initial RAM disk where they run.
#pragma once

#include "arch/x86/dom0/boot_window.hpp"
#include "core/boot/boot_information.hpp"

namespace xenolith::dom0 {

struct LoadedKernel {
  GuestPhysical entry;          // PVH entry point
  MachineAddress kernel_end;    // end of what the kernel fills
  MachineAddress initrd;        // 0: none
  u64 initrd_size = 0;
  MachineAddress free_end;      // [kernel_end, free_end) is free for small structures
};

// Works within [first, end), which holds the modules too if they lie there. Fails with the cause in the log: EINVAL (no or a
// damaged kernel), ENOEXEC (no PVH kernel), ENOMEM (the domain's memory is too small).
Result<LoadedKernel> load_kernel(const BootWindow& window, MachineAddress first, MachineAddress end,
                                 std::span<const BootModule> modules);

}  // namespace xenolith::dom0
