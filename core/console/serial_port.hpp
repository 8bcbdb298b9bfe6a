// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

namespace xenolith {

// A serial port's hardware. Called with LockRank::console held, in a panic without; needs no memory, waits for nothing.
class SerialPort {
 public:
  // True when the transmitter takes burst() characters.
  virtual bool can_put() = 0;
  virtual unsigned burst() const = 0;
  virtual void put(char c) = 0;
  // A character that has been received. Empty: none has.
  virtual std::optional<char> get() = 0;
  // Whether to interrupt when can_put() becomes true.
  virtual void set_transmit_interrupt(bool wanted) = 0;

 protected:
  ~SerialPort() = default;
};

}  // namespace xenolith
