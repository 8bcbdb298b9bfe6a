// SPDX-License-Identifier: MIT
#include "arch/arm64/serial/ns16550.hpp"

namespace xenolith::serial {

void Ns16550::initialise() {
  constexpr u32 fifo_on = 1, terminal_ready = 1, request_to_send = 2, out2 = 8;  // on cards, OUT2 lets the interrupt pass
  set_enabled(0);
  registers_.write(fifo_control, fifo_on);
  registers_.write(modem_control, terminal_ready | request_to_send | out2);
}

std::optional<char> Ns16550::get() {
  if (!(registers_.read(line_status) & 1)) return std::nullopt;
  return static_cast<char>(registers_.read(data));
}

}  // namespace xenolith::serial
