// SPDX-License-Identifier: MIT
#include "arch/arm64/vuart/domain_uart.hpp"

#include <arch/domain_state.hpp>

#include "core/console/console.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::vuart {

void DomainUart::set_line(bool asserted) { domain_.arch().gic().set_line(interrupt_, asserted); }

// A line is shown when it ends or its place is full.
void DomainUart::put(char c) {
  bool is_shown = c == '\t' || (static_cast<u8>(c) >= ' ' && static_cast<u8>(c) < 0x7f);
  Line done;
  line_.with([&](Line& line) {
    if (is_shown) line.text[line.length++] = c;
    if (c != '\n' && line.length < line.text.size()) return;
    done = line;
    line.length = 0;
  });
  if (c != '\n' && done.length == 0) return;
  std::array<char, 16> prefix;
  Console::print({prefix.data(), format(prefix, "DOM{}: ", domain_.id())}, {done.text.data(), done.length});
}

}  // namespace xenolith::vuart
