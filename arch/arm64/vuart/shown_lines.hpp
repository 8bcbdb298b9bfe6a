// SPDX-License-Identifier: MIT
#pragma once

#include "core/console/console_lines.hpp"

namespace xenolith::vuart {

// The serial lines of all domains that no daemon serves.
ConsoleLines& shown_lines();

}  // namespace xenolith::vuart
