// SPDX-License-Identifier: MIT
// What a guest has where its configuration does not say, on this architecture.
#pragma once

#include "tools/control/interface.hpp"

namespace xenolith::tools::arch {

constexpr uint32_t default_grant_version = 2;
constexpr uint32_t default_emulation = XEN_X86_EMU_LAPIC;  // XEN_X86_EMU_*
constexpr bool has_serial_lines = false;                 // xl.cfg's vuart
constexpr bool has_tsc_modes = true;

}  // namespace xenolith::tools::arch
