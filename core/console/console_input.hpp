// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <span>

#include "core/base/units.hpp"

namespace xenolith {

// Whom it is for.
struct ConsoleReader {
  enum class Kind : u8 { hypervisor, hardware_domain, line };
  Kind kind = Kind::hypervisor;
  DomainId domain{};  // whose line it is (ConsoleLines)

  bool operator==(const ConsoleReader&) const = default;
};

// What is typed on the console: goes to the hypervisor (debug keys), to the hardware domain or to the serial line of another; the switch
// character three times in a row asks for a change. No lock: the owner has one.
class ConsoleInput {
 public:
  using Reader = ConsoleReader;

  // The character that switches; 0: none does.
  constexpr void set_switch_character(char c) { switch_character_ = c; }
  constexpr char switch_character() const { return switch_character_; }
  constexpr Reader reader() const { return reader_; }
  constexpr void set_reader(Reader reader) { reader_ = reader; }

  // Takes one character. Fewer than three switch characters are ordinary ones as soon as something else follows.
  // Calls key(c) for each character that is not the hardware domain's. Returns true if another reader is wanted.
  template <class Key>
  bool take(char c, Key key) {
    if (c == switch_character_ && c != 0) {
      if (++held_ < switches_needed) return false;
      held_ = 0;
      return true;
    }
    for (; held_ > 0; --held_) deliver(switch_character_, key);
    deliver(c, key);
    return false;
  }

  // ---- what waits for the hardware domain
  bool is_empty() const { return first_ == end_; }
  size_t read(std::span<char> to) {
    size_t count = 0;
    while (count < to.size() && !is_empty()) to[count++] = buffer_[first_++ % buffer_.size()];
    return count;
  }

 private:
  static constexpr unsigned switches_needed = 3;

  template <class Key>
  void deliver(char c, Key& key) {
    if (reader_.kind != Reader::Kind::hardware_domain) key(c);
    else if (end_ - first_ < buffer_.size()) buffer_[end_++ % buffer_.size()] = c;
  }

  std::array<char, 1024> buffer_{};  // what is typed before the domain reads; more is lost
  u32 first_ = 0, end_ = 0;
  unsigned held_ = 0;
  char switch_character_ = 'a' & 0x1f;
  Reader reader_;
};

}  // namespace xenolith
