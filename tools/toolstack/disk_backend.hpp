// SPDX-License-Identifier: MIT
#pragma once

#include "tools/config/device_config.hpp"
#include "tools/control/types.hpp"

namespace xenolith::tools {

// Decides who serves a disk, if its configuration leaves it open: the kernel's backend for raw files and block devices, for
// disks with a script and for raw disks of driver domains; qemu for everything else. disk.backend.id: resolved.
//   own_domain: where this process runs; a target there must exist.
// Throws Error: EINVAL when what was asked for cannot be, ENOENT and others when the target cannot be looked at, ENOTSUP for
// backends that are not there (tap, standalone).
void choose_disk_backend(DiskConfig& disk, DomainId own_domain);

}  // namespace xenolith::tools
