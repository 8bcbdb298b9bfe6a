// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/debug_console.hpp"

#include <arch/domain_state.hpp>

#include <optional>

#include "core/base/log.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm {

// Bochs's way of saying that the port is there.
Attempt<u32> DebugConsole::read(Vcpu&, u16, unsigned size) {
  return size == 1 ? u32{port} : ~u32{0} >> (32 - 8 * size);
}

// The line goes out with the lock released. What could confuse a terminal is dropped.
Outcome DebugConsole::write(Vcpu& vcpu, u16 at, unsigned, u32 value) {
  if (at != port) return Outcome::done();
  char character = static_cast<char>(value & 0xff);
  std::optional<Line> full = line_.with([&](Line& line) -> std::optional<Line> {
    if (character == '\t' || (character >= ' ' && character <= '~')) line.text[line.length++] = character;
    bool ends = character == '\n' || line.length == line.text.size();
    if (!ends) return std::nullopt;
    Line copy = line;
    line.length = 0;
    return copy;
  });
  if (full) log_guest(LogLevel::info, "d{}: {}", vcpu.domain().id(), full->view());
  return Outcome::done();
}

Result<void> add_debug_console(Domain& domain) {
  return register_port_handler(domain, DebugConsole::port, DebugConsole::port, domain.arch().debug_console);
}

}  // namespace xenolith::hvm
