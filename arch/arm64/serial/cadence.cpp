// SPDX-License-Identifier: MIT
#include "arch/arm64/serial/cadence.hpp"

namespace xenolith::serial {

// The bits that switch off are written as zero, else they would win.
void Cadence::initialise() {
  constexpr u32 receiver_on = 1 << 2, transmitter_on = 1 << 4, all = 0x1fff;
  registers_.write(interrupt_disable, all);
  registers_.write(interrupt_status, all);
  registers_.write(control, receiver_on | transmitter_on);
}

// With each character.
void Cadence::enable_receive_interrupt() {
  registers_.write(receive_timeout, 0);
  registers_.write(receive_trigger, 1);
  registers_.write(interrupt_enable, receive_triggered);
}

std::optional<char> Cadence::get() {
  if (registers_.read(channel_status) & receive_empty) return std::nullopt;
  return static_cast<char>(registers_.read(fifo));
}

}  // namespace xenolith::serial
