// SPDX-License-Identifier: MIT
// Puts modules and the device tree into a domain's memory.
#pragma once

#include <span>

#include "core/base/result.hpp"
#include "core/device_tree/addresses.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::domains {

// Copies to guest-physical memory that the domain has; what is written is seen by vCPUs without caches, too. EFAULT: it has none there.
Result<void> copy_module(Domain& domain, GuestPhysical to, DeviceRange module);
Result<void> copy_bytes(Domain& domain, GuestPhysical to, std::span<const u8> from);

}  // namespace xenolith::domains
