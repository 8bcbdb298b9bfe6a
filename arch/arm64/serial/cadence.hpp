// SPDX-License-Identifier: MIT
#pragma once

#include "arch/arm64/serial/memory_port.hpp"
#include "arch/arm64/serial/uart.hpp"

namespace xenolith::serial {

// The UART of Zynq and ZynqMP (Xilinx UG1087, module "UART"). Speed and format stay as the firmware left them.
class Cadence final : public Uart {
 public:
  Cadence(void* base, const HostUart& uart) : registers_{base, uart} {}

  void initialise() override;
  void move(void* base) override { registers_.move(base); }
  void enable_receive_interrupt() override;
  // What it was for is written back.
  void acknowledge() override { registers_.write(interrupt_status, registers_.read(interrupt_status)); }

  bool can_put() override { return !(registers_.read(channel_status) & transmit_full); }
  unsigned burst() const override { return 1; }
  void put(char c) override { registers_.write(fifo, static_cast<u8>(c)); }
  std::optional<char> get() override;
  void set_transmit_interrupt(bool wanted) override { registers_.write(wanted ? interrupt_enable : interrupt_disable, transmit_empty); }

 private:
  enum Register : u32 {
    control = 0x00, interrupt_enable = 0x08, interrupt_disable = 0x0c, interrupt_status = 0x14, receive_timeout = 0x1c,
    receive_trigger = 0x20, channel_status = 0x2c, fifo = 0x30,
  };
  // The same bits in the status, in the interrupts' mask and in their status.
  static constexpr u32 receive_triggered = 1 << 0, receive_empty = 1 << 1, transmit_empty = 1 << 3, transmit_full = 1 << 4;

  MemoryPort registers_;
};

}  // namespace xenolith::serial
