// SPDX-License-Identifier: MIT
#pragma once

#include <array>

#include "core/console/console_sink.hpp"
#include "core/console/serial_port.hpp"
#include "core/base/types.hpp"

namespace xenolith {

// Console output on a serial port. Text that the transmitter does not take at once waits in a buffer until the port
// interrupts; a full buffer makes the writer wait. Works before there is memory to allocate.
class SerialLine final : public ConsoleSink {
 public:
  constexpr explicit SerialLine(SerialPort& port) : port_{port} {}

  void write(std::string_view text) override;
  void flush() override;
  void service() override { pump(); }
  // Without interrupts nothing is left in the buffer. At first there are none.
  void set_buffered(bool buffered) { buffered_ = buffered; }

 private:
  void queue(char c);
  void pump();  // gives the transmitter what it takes now
  bool wait_and_pump();
  bool is_empty() const { return first_ == end_; }

  static constexpr u32 capacity = 16384;
  // A transmitter that takes nothing for so many looks at it (about a second) is taken for dead: text is dropped.
  static constexpr u32 most_looks = 1'000'000;

  SerialPort& port_;
  bool buffered_ = false;
  bool transmit_interrupt_ = false;
  u32 first_ = 0, end_ = 0;
  std::array<char, capacity> buffer_{};
};

}  // namespace xenolith
