// SPDX-License-Identifier: MIT
#include "core/image/symbols.hpp"

#include "core/image/image.hpp"
#include "core/base/log.hpp"

// Made by the build: functions sorted by their offset in the image, and their names. The first link has an empty table (no_symbols.S).
struct SymbolTableEntry {
  xenolith::u32 offset, name;
};
extern "C" {
extern const xenolith::u32 symbol_table_count;
extern const SymbolTableEntry symbol_table[];
extern const char symbol_names[];
}

namespace xenolith {

Symbol find_symbol(u64 address) {
  if (!image::is_text(address)) return {"???", 0};
  u32 offset = static_cast<u32>(address - image::start_address());
  u32 low = 0, high = symbol_table_count;
  while (low < high) {
    u32 middle = low + (high - low) / 2;
    if (symbol_table[middle].offset <= offset) low = middle + 1;
    else high = middle;
  }
  if (low == 0) return {"???", 0};
  const SymbolTableEntry& found = symbol_table[low - 1];
  return {symbol_names + found.name, offset - found.offset};
}

void print_backtrace(u64 code, u64 frame) {
  log_error("Call trace:");
  constexpr unsigned most_frames = 32;
  u64 stack_low = frame;
  for (unsigned depth = 0; depth < most_frames && image::is_text(code); ++depth) {
    Symbol symbol = find_symbol(code);
    log_error("   [<{:016x}>] {}+{:#x}", code, symbol.name, symbol.offset);
    // Frames lie higher and higher on one stack; anything else ends the trace.
    if (frame < stack_low || frame - stack_low > 65536 || frame % 8 != 0 || frame < image::start_address()) break;
    const u64* words = reinterpret_cast<const u64*>(frame);
    stack_low = frame;
    frame = words[0];
    code = words[1];
  }
}

}  // namespace xenolith
