// SPDX-License-Identifier: MIT
#include "arch/x86/serial/ns16550.hpp"

#include "core/base/bits.hpp"

namespace xenolith {
namespace {

constexpr u8 receive_interrupt = bit(0), transmit_interrupt = bit(1);
constexpr u8 fifo_on_and_cleared = 0x07, fifos_work = 0xc0;
constexpr u8 divisor_access = bit(7);
constexpr u8 terminal_ready = bit(0), request_to_send = bit(1), interrupt_gate = bit(3);  // OUT2 gates the line on PCs
constexpr u8 received = bit(0), transmitter_empty = bit(5);

}  // namespace

bool Ns16550::is_there() {
  for (u8 pattern : {u8{0x5a}, u8{0xa5}}) {
    write(scratch, pattern);
    if (read(scratch) != pattern) return false;
  }
  return true;
}

void Ns16550::set_divisor(u16 divisor) {
  u8 control = read(line_control);
  write(line_control, control | divisor_access);
  write(divisor_low, static_cast<u8>(divisor));
  write(divisor_high, static_cast<u8>(divisor >> 8));
  write(line_control, control);
}

bool Ns16550::initialise(const LineSettings& settings) {
  if (settings.io_base) base_ = *settings.io_base;
  if (settings.irq) irq_ = *settings.irq;
  if (!is_there()) return false;
  write(interrupt_enable, 0);
  write(line_control, settings.line_control());
  if (settings.baud != 0) set_divisor(settings.divisor());
  write(modem_control, terminal_ready | request_to_send | interrupt_gate);
  write(fifo_control, fifo_on_and_cleared);
  burst_ = (read(interrupt_identification) & fifos_work) == fifos_work ? 16 : 1;
  for (unsigned i = 0; i < 16 && get(); ++i) {
  }
  return true;
}

void Ns16550::enable_receive_interrupt() {
  enabled_interrupts_ |= receive_interrupt;
  write(interrupt_enable, enabled_interrupts_);
}

void Ns16550::set_transmit_interrupt(bool wanted) {
  enabled_interrupts_ = wanted ? enabled_interrupts_ | transmit_interrupt
                               : static_cast<u8>(enabled_interrupts_ & ~transmit_interrupt);
  write(interrupt_enable, enabled_interrupts_);
}

// Reading it ends a transmitter's interrupt.
bool Ns16550::is_interrupting() {
  constexpr u8 nothing_pending = bit(0);
  return !(read(interrupt_identification) & nothing_pending);
}

bool Ns16550::can_put() { return (read(line_status) & transmitter_empty) != 0; }
void Ns16550::put(char c) { write(data, static_cast<u8>(c)); }

std::optional<char> Ns16550::get() {
  u8 status = read(line_status);
  if (status == 0xff || !(status & received)) return std::nullopt;  // all ones: nothing is there
  return static_cast<char>(read(data));
}

}  // namespace xenolith
