// SPDX-License-Identifier: MIT
// What the benchmark's guest and its child agree on.
#pragma once

#include "core/base/types.hpp"

namespace xenolith::guest::bench {

// The child grants these references on pages of its own to dom0.
inline constexpr u32 first_granted = 32, granted_pages = 128;

}  // namespace xenolith::guest::bench
