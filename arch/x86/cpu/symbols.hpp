// SPDX-License-Identifier: MIT
// Names of the hypervisor's functions, from a table that the build makes of the linked image (cmake/symbols.py).
#pragma once

#include "core/base/types.hpp"

namespace xenolith {

struct Symbol {
  const char* name;  // "???" outside the text
  u64 offset;        // from the start of the function
};

Symbol find_symbol(u64 address);

}  // namespace xenolith
