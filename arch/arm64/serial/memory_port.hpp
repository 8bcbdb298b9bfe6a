// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/types.hpp"
#include "core/device_tree/uart.hpp"

namespace xenolith::serial {

// The registers of a UART in memory, as its device tree node says that they lie.
class MemoryPort {
 public:
  constexpr MemoryPort() = default;
  MemoryPort(void* base, const HostUart& uart)
      : base_{reinterpret_cast<u64>(base)}, shift_{uart.register_shift}, width_{uart.register_width} {}
  // The same registers at another place of the hypervisor's address space.
  void move(void* base) { base_ = reinterpret_cast<u64>(base); }

  u32 read(u32 index) const {
    u64 at = base_ + (u64{index} << shift_);
    if (width_ == 4) return *reinterpret_cast<volatile u32*>(at);
    if (width_ == 2) return *reinterpret_cast<volatile u16*>(at);
    return *reinterpret_cast<volatile u8*>(at);
  }
  void write(u32 index, u32 value) const {
    u64 at = base_ + (u64{index} << shift_);
    if (width_ == 4) *reinterpret_cast<volatile u32*>(at) = value;
    else if (width_ == 2) *reinterpret_cast<volatile u16*>(at) = static_cast<u16>(value);
    else *reinterpret_cast<volatile u8*>(at) = static_cast<u8>(value);
  }

 private:
  u64 base_ = 0;
  u32 shift_ = 0, width_ = 1;
};

}  // namespace xenolith::serial
