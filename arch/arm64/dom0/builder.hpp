// SPDX-License-Identifier: MIT
// Builds the hardware domain: its memory mapped one to one, its kernel a Linux Image, its device tree made from the machine's.
#pragma once

#include "core/base/result.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::dom0 {

// Fails with the cause in the log. Boot CPU, before the main loops have vCPUs.
Result<Ref<Domain>> build();

}  // namespace xenolith::dom0
