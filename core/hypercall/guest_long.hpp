// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/types.hpp"

namespace xenolith {

// An element of a list of xen_pfn_t or xen_ulong_t: as wide as the words of the caller. Written, it has to fit (ERANGE); all
// ones, which stands for none, is cut.
struct GuestLong {
  u64 value;
};

}  // namespace xenolith
