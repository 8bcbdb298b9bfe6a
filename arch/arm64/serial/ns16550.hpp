// SPDX-License-Identifier: MIT
#pragma once

#include "arch/arm64/serial/memory_port.hpp"
#include "arch/arm64/serial/uart.hpp"

namespace xenolith::serial {

// A UART of the 16550 family in memory (National Semiconductor PC16550D data sheet, section 8 "Registers"). Speed and format stay as
// the firmware left them.
class Ns16550 final : public Uart {
 public:
  Ns16550(void* base, const HostUart& uart) : registers_{base, uart}, is_designware_{uart.kind == UartKind::dw8250} {}

  void initialise() override;
  void move(void* base) override { registers_.move(base); }
  void enable_receive_interrupt() override { set_enabled(enabled_ | 1); }
  // Reading what the interrupt was for ends it. DesignWare's busy detect needs another register, which lies beyond those of others.
  void acknowledge() override {
    static_cast<void>(registers_.read(interrupt_identification));
    if (is_designware_) static_cast<void>(registers_.read(busy_status));
  }

  bool can_put() override { return registers_.read(line_status) & 0x20; }
  unsigned burst() const override { return 1; }
  void put(char c) override { registers_.write(data, static_cast<u8>(c)); }
  std::optional<char> get() override;
  void set_transmit_interrupt(bool wanted) override { set_enabled(wanted ? enabled_ | 2 : enabled_ & ~2u); }

 private:
  enum Register : u32 {
    data = 0, interrupt_enable = 1, fifo_control = 2, interrupt_identification = 2, modem_control = 4, line_status = 5,
    busy_status = 0x1f,
  };
  void set_enabled(u32 value) {
    enabled_ = value;
    registers_.write(interrupt_enable, enabled_);
  }

  MemoryPort registers_;
  bool is_designware_;
  u32 enabled_ = 0;
};

}  // namespace xenolith::serial
