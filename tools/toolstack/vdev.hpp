// SPDX-License-Identifier: MIT
// Names and numbers of virtual disks: "xvda1" is 51713. See xen-vbd-interface(7): "vbd interface".
#pragma once

#include <string>
#include <string_view>

namespace xenolith::tools {

// The number of a disk as a configuration names it: xvdXP, dNpP, hdXP, sdXP, or a number itself (decimal, 0x..., 0...).
// Throws Error(EINVAL) when it is none of these, or too large.
int vdev_number(std::string_view name);

// The name that Linux' blkfront gives the disk of that number: "xvda", "xvdb3". Numbers of hd and sd disks give the xvd name
// of the same minor.
std::string vdev_name(int number);

}  // namespace xenolith::tools
