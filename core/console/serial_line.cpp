// SPDX-License-Identifier: MIT
#include "core/console/serial_line.hpp"

#include <arch/cpu.hpp>

#include <algorithm>

namespace xenolith {

void SerialLine::write(std::string_view text) {
  for (char c : text) {
    if (c == '\n') queue('\r');
    queue(c);
  }
  if (buffered_) pump();
  else flush();
}

void SerialLine::queue(char c) {
  if (end_ - first_ == capacity && !wait_and_pump()) return;
  buffer_[end_++ % capacity] = c;
}

void SerialLine::pump() {
  while (!is_empty() && port_.can_put())
    for (u32 left = std::min<u32>(port_.burst(), end_ - first_); left > 0; --left)
      port_.put(buffer_[first_++ % capacity]);
  bool wanted = buffered_ && !is_empty();
  if (wanted == transmit_interrupt_) return;
  transmit_interrupt_ = wanted;
  port_.set_transmit_interrupt(wanted);
}

bool SerialLine::wait_and_pump() {
  u32 looks = 0;
  while (!port_.can_put() && ++looks < most_looks) arch::pause();
  if (looks == most_looks) return false;
  pump();
  return true;
}

void SerialLine::flush() {
  while (!is_empty())
    if (!wait_and_pump()) first_ = end_;
}

}  // namespace xenolith
