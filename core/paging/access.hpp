// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/types.hpp"

namespace xenolith::mm {

// Rights and memory type of a mapping. No mapping is both writable and executable.
enum class Access : u8 { read_execute, read_only, read_write, device /* read-write, uncached */ };

}  // namespace xenolith::mm
