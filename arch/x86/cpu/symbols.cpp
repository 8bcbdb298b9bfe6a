// SPDX-License-Identifier: MIT
#include "arch/x86/cpu/symbols.hpp"

#include <arch/cpu.hpp>

#include "arch/x86/boot/image.hpp"
#include "arch/x86/cpu/traps.hpp"
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

void print_backtrace(u64 rip, u64 rbp) {
  log_error("Call trace:");
  constexpr unsigned most_frames = 32;
  u64 stack_low = rbp;
  for (unsigned depth = 0; depth < most_frames && image::is_text(rip); ++depth) {
    Symbol symbol = find_symbol(rip);
    log_error("   [<{:016x}>] {}+{:#x}", rip, symbol.name, symbol.offset);
    // Frames lie higher and higher on one stack; anything else ends the trace.
    if (rbp < stack_low || rbp - stack_low > 65536 || rbp % 8 != 0 || rbp < image::start_address()) break;
    const u64* frame = reinterpret_cast<const u64*>(rbp);
    stack_low = rbp;
    rbp = frame[0];
    rip = frame[1];
  }
}

}  // namespace xenolith
