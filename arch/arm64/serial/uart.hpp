// SPDX-License-Identifier: MIT
#pragma once

#include "core/console/serial_port.hpp"

namespace xenolith::serial {

// A UART that the console can use.
class Uart : public SerialPort {
 public:
  virtual void initialise() = 0;
  virtual void move(void* base) = 0;  // its registers are elsewhere in the hypervisor's address space
  virtual void enable_receive_interrupt() = 0;
  virtual void acknowledge() = 0;     // its interrupt has been taken

 protected:
  ~Uart() = default;
};

}  // namespace xenolith::serial
