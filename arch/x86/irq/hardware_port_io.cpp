// SPDX-License-Identifier: MIT
#include "arch/x86/irq/hardware_port_io.hpp"

namespace xenolith::irq {

u32 HardwarePortIo::read(u16 port, unsigned size) {
  u32 value = 0;
  if (size == 1) {
    u8 byte;
    asm volatile("inb %w1, %0" : "=a"(byte) : "Nd"(port) : "memory");
    value = byte;
  } else if (size == 2) {
    u16 word;
    asm volatile("inw %w1, %0" : "=a"(word) : "Nd"(port) : "memory");
    value = word;
  } else {
    asm volatile("inl %w1, %0" : "=a"(value) : "Nd"(port) : "memory");
  }
  return value;
}

void HardwarePortIo::write(u16 port, unsigned size, u32 value) {
  if (size == 1) asm volatile("outb %0, %w1" ::"a"(static_cast<u8>(value)), "Nd"(port) : "memory");
  else if (size == 2) asm volatile("outw %0, %w1" ::"a"(static_cast<u16>(value)), "Nd"(port) : "memory");
  else asm volatile("outl %0, %w1" ::"a"(value), "Nd"(port) : "memory");
}

}  // namespace xenolith::irq
