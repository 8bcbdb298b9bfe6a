// SPDX-License-Identifier: MIT
// Names of the hypervisor's functions, from a table that the build makes of the linked image (make_symbols.py).
#pragma once

#include "core/base/types.hpp"

namespace xenolith {

struct Symbol {
  const char* name;  // "???" outside the text
  u64 offset;        // from the start of the function
};

Symbol find_symbol(u64 address);

// Prints the functions that led to `code` by the chain of stack frames at `frame`: each begins with the next frame's address and a
// return address, on every architecture.
void print_backtrace(u64 code, u64 frame);

}  // namespace xenolith
