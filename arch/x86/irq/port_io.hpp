// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/types.hpp"

namespace xenolith::irq {

// The processor's I/O ports. Size is 1, 2 or 4 bytes.
class PortIo {
 public:
  virtual u32 read(u16 port, unsigned size) = 0;
  virtual void write(u16 port, unsigned size, u32 value) = 0;

 protected:
  ~PortIo() = default;
};

}  // namespace xenolith::irq
