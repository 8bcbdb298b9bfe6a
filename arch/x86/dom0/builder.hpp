// SPDX-License-Identifier: MIT
// Builds the hardware domain: identity-mapped PVH from the first boot module (kernel) and the second (initial RAM disk).
#pragma once

#include "core/base/result.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::dom0 {

// Fails with the cause in the log. Boot CPU, before the main loops have vCPUs.
Result<Ref<Domain>> build();

}  // namespace xenolith::dom0
