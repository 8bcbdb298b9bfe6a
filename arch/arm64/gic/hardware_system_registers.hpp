// SPDX-License-Identifier: MIT
#pragma once

#include "arch/arm64/gic/system_register_port.hpp"

namespace xenolith::gic {

class HardwareSystemRegisters final : public SystemRegisterPort {
 public:
  u64 read(SystemRegister number) override;
  void write(SystemRegister number, u64 value) override;
  void synchronize() override { asm volatile("isb" ::: "memory"); }
};

}  // namespace xenolith::gic
