// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/irq/port_io.hpp"
#include "arch/x86/serial/line_settings.hpp"
#include "core/console/serial_port.hpp"

namespace xenolith {

// A UART of the 16550 family at I/O ports (National Semiconductor PC16550D data sheet, section 8 "Registers").
class Ns16550 final : public SerialPort {
 public:
  static constexpr u16 ports = 8;  // from the base on

  constexpr Ns16550(irq::PortIo& io, u16 default_base, u8 default_irq) : io_{io}, base_{default_base}, irq_{default_irq} {}

  // Sets up the line as said; what is not said stays as the firmware left it. False: nothing answers there.
  bool initialise(const LineSettings& settings);
  // Interrupts for what is received from now on.
  void enable_receive_interrupt();
  // The port's interrupt has come: calls `exchange`, which takes what was received and sends what waits, until the port has no more to
  // interrupt for. Its line is one for all reasons, and on the ISA bus an edge counts: a reason that is left, or comes while another still
  // holds the line, would be the last that is heard of.
  template <class Exchange>
  void serve_interrupt(Exchange exchange) {
    constexpr unsigned most_rounds = 256;  // a port whose line never falls is broken
    unsigned rounds = 0;
    do exchange();
    while (is_interrupting() && ++rounds < most_rounds);
  }

  u16 base() const { return base_; }
  u8 irq() const { return irq_; }  // ISA interrupt; 0: to be polled

  bool can_put() override;
  unsigned burst() const override { return burst_; }
  void put(char c) override;
  std::optional<char> get() override;
  void set_transmit_interrupt(bool wanted) override;

 private:
  enum Register : u16 {
    data = 0, interrupt_enable = 1, fifo_control = 2, interrupt_identification = 2, line_control = 3, modem_control = 4,
    line_status = 5, scratch = 7, divisor_low = 0, divisor_high = 1,
  };
  u8 read(Register which) { return static_cast<u8>(io_.read(static_cast<u16>(base_ + which), 1)); }
  void write(Register which, u8 value) { io_.write(static_cast<u16>(base_ + which), 1, value); }
  bool is_interrupting();
  bool is_there();
  void set_divisor(u16 divisor);

  irq::PortIo& io_;
  u16 base_;
  u8 irq_;
  u8 enabled_interrupts_ = 0;
  unsigned burst_ = 1;
};

}  // namespace xenolith
