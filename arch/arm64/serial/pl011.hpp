// SPDX-License-Identifier: MIT
#pragma once

#include "arch/arm64/serial/memory_port.hpp"
#include "arch/arm64/serial/uart.hpp"

namespace xenolith::serial {

// Arm's PrimeCell UART and the SBSA's subset of it (Arm DDI 0183, section 3.3 "Register descriptions"). Speed and format stay as the
// firmware left them.
class Pl011 final : public Uart {
 public:
  Pl011(void* base, const HostUart& uart) : registers_{base, with_width(uart)}, is_sbsa_{uart.kind == UartKind::sbsa} {}

  void initialise() override;
  void move(void* base) override { registers_.move(base); }
  void enable_receive_interrupt() override;
  void acknowledge() override { registers_.write(interrupt_clear, 0x7ff); }

  bool can_put() override { return !(registers_.read(flags) & transmit_full); }
  unsigned burst() const override { return 1; }
  void put(char c) override { registers_.write(data, static_cast<u8>(c)); }
  std::optional<char> get() override;
  void set_transmit_interrupt(bool wanted) override;

 private:
  enum Register : u32 { data = 0x00, flags = 0x18, control = 0x30, interrupt_mask = 0x38, interrupt_clear = 0x44 };
  static constexpr u32 receive_empty = 1 << 4, transmit_full = 1 << 5;
  static constexpr u32 receive_interrupt = 1 << 4, transmit_interrupt = 1 << 5, receive_timeout = 1 << 6;
  static HostUart with_width(HostUart uart) {
    uart.register_shift = 0;
    uart.register_width = uart.register_width == 2 ? 2 : 4;
    return uart;
  }

  MemoryPort registers_;
  bool is_sbsa_;
  u32 enabled_ = 0;
};

}  // namespace xenolith::serial
