// SPDX-License-Identifier: MIT
#include "arch/arm64/serial/pl011.hpp"

namespace xenolith::serial {

void Pl011::initialise() {
  constexpr u32 on = 1, transmitter = 1 << 8, receiver = 1 << 9;
  registers_.write(interrupt_mask, 0);
  acknowledge();
  if (!is_sbsa_) registers_.write(control, registers_.read(control) | on | transmitter | receiver);
}

void Pl011::enable_receive_interrupt() {
  enabled_ |= receive_interrupt | receive_timeout;
  registers_.write(interrupt_mask, enabled_);
}

void Pl011::set_transmit_interrupt(bool wanted) {
  enabled_ = wanted ? enabled_ | transmit_interrupt : enabled_ & ~transmit_interrupt;
  registers_.write(interrupt_mask, enabled_);
}

std::optional<char> Pl011::get() {
  if (registers_.read(flags) & receive_empty) return std::nullopt;
  return static_cast<char>(registers_.read(data));
}

}  // namespace xenolith::serial
