// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

#include "core/base/types.hpp"

namespace xenolith {

// The last characters that went to the console, in a circular buffer. Each character has a sequence number, which wraps around
// at 2^32; `xl dmesg` and xenconsoled remember them between calls (XEN_SYSCTL_readconsole, <xen/sysctl.h>). No lock: the owner has one.
class ConsoleRing {
 public:
  // The buffer's size is a power of two up to 2^31 characters.
  constexpr explicit ConsoleRing(std::span<char> buffer) : buffer_{buffer} {}

  void append(std::string_view text);
  // Moves on to a larger buffer with all contents; the old one is free then. A smaller one is refused: false.
  bool grow(std::span<char> buffer);

  // What is to be read: [first(), end()).
  u32 first() const { return first_; }
  u32 end() const { return end_; }
  size_t size() const { return buffer_.size(); }
  // Where a reader who got as far as `sequence` goes on: there, or at first() if that was overwritten, cleared or never was.
  u32 resume_at(u32 sequence) const { return sequence - first_ <= end_ - first_ ? sequence : first_; }
  // Copies characters from `sequence`, which resume_at() gave, on; returns how many.
  size_t read(u32 sequence, std::span<char> to) const;
  // Forgets what comes before `sequence`, if that is in the buffer.
  void clear(u32 sequence) { first_ = resume_at(sequence); }

 private:
  char& at(u32 sequence) const { return buffer_[sequence & (buffer_.size() - 1)]; }

  std::span<char> buffer_;
  u32 first_ = 0, end_ = 0;
};

}  // namespace xenolith
