// SPDX-License-Identifier: MIT
#pragma once

#include "arch/x86/irq/port_io.hpp"

namespace xenolith::irq {

// The in and out instructions.
class HardwarePortIo final : public PortIo {
 public:
  u32 read(u16 port, unsigned size) override;
  void write(u16 port, unsigned size, u32 value) override;
};

}  // namespace xenolith::irq
