// SPDX-License-Identifier: MIT
#include "arch/x86/irq/pic.hpp"

#include "arch/x86/irq/vectors.hpp"

namespace xenolith::irq {
namespace {
struct Pic {
  u16 command, data;
  Vector base;
  u8 cascade;  // master: mask of the line where the slave is; slave: that line's number
};
constexpr Pic pics[] = {{0x20, 0x21, vectors::pic_master, 0x04}, {0xa0, 0xa1, vectors::pic_slave, 0x02}};
constexpr u8 start_with_icw4 = 0x11;  // ICW1: edge, cascaded
constexpr u8 mode_8086 = 0x01;        // ICW4
constexpr u8 all_lines = 0xff;
}  // namespace

void silence_pics(PortIo& ports) {
  for (const Pic& pic : pics) {
    ports.write(pic.data, 1, all_lines);
    ports.write(pic.command, 1, start_with_icw4);
    ports.write(pic.data, 1, pic.base.raw());
    ports.write(pic.data, 1, pic.cascade);
    ports.write(pic.data, 1, mode_8086);
    ports.write(pic.data, 1, all_lines);
  }
}

}  // namespace xenolith::irq
