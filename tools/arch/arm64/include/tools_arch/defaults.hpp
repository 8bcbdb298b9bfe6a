// SPDX-License-Identifier: MIT
// What a guest has where its configuration does not say, on this architecture.
#pragma once

#include "tools/control/interface.hpp"

namespace xenolith::tools::arch {

constexpr uint32_t default_grant_version = 1;  // there are no others on Arm
constexpr uint32_t default_emulation = 0;      // there is nothing to choose from
constexpr bool has_serial_lines = true;         // xl.cfg's vuart
constexpr bool has_tsc_modes = false;

}  // namespace xenolith::tools::arch
