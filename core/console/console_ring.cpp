// SPDX-License-Identifier: MIT
#include "core/console/console_ring.hpp"

namespace xenolith {

void ConsoleRing::append(std::string_view text) {
  size_t overwritten = text.size() > buffer_.size() ? text.size() - buffer_.size() : 0;
  end_ += static_cast<u32>(overwritten);
  for (char c : text.substr(overwritten)) at(end_++) = c;
  if (end_ - first_ > buffer_.size()) first_ = end_ - static_cast<u32>(buffer_.size());
}

bool ConsoleRing::grow(std::span<char> buffer) {
  if (buffer.size() < buffer_.size()) return false;
  for (u32 sequence = first_; sequence != end_; ++sequence) buffer[sequence & (buffer.size() - 1)] = at(sequence);
  buffer_ = buffer;
  return true;
}

size_t ConsoleRing::read(u32 sequence, std::span<char> to) const {
  size_t count = std::min<size_t>(end_ - sequence, to.size());
  for (size_t i = 0; i < count; ++i) to[i] = at(sequence + static_cast<u32>(i));
  return count;
}

}  // namespace xenolith
