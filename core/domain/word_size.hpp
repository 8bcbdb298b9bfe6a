// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/types.hpp"

namespace xenolith {

// The width of `unsigned long` in a guest's structures: of one call's arguments, or of a domain's shared pages (docs/compat.md).
enum class GuestWordSize : u8 { bits32 = 32, bits64 = 64 };

}  // namespace xenolith
