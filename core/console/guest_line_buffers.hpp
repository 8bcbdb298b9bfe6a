// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string_view>

#include "core/base/units.hpp"

namespace xenolith {

// Unfinished console lines of domains. There are places for a few domains; when one more comes, the line that waits longest
// is printed as it is. No lock: the owner has one.
class GuestLineBuffers {
 public:
  // Adds a character. Calls print(domain, text) with each line that is complete (or full) now.
  template <class Print>
  void put(DomainId domain, char c, Print print) {
    if (c != '\n' && !is_printable(c)) return;
    Line& line = place_for(domain, print);
    if (c == '\n') return finish(line, print);
    line.text[line.length++] = c;
    if (line.length == line.text.size()) finish(line, print);
  }

  // Prints what there is of the domain's line.
  template <class Print>
  void end(DomainId domain, Print print) {
    for (Line& line : lines_)
      if (line.used && line.domain == domain) finish(line, print);
  }

 private:
  struct Line {
    DomainId domain;
    bool used = false;
    u64 since = 0;
    size_t length = 0;
    std::array<char, 160> text{};
  };

  static constexpr bool is_printable(char c) { return c == '\t' || (c >= ' ' && c < 0x7f); }

  template <class Print>
  void finish(Line& line, Print& print) {
    print(line.domain, std::string_view{line.text.data(), line.length});
    line.used = false;
    line.length = 0;
  }

  template <class Print>
  Line& place_for(DomainId domain, Print& print) {
    Line* best = &lines_[0];
    for (Line& line : lines_) {
      if (line.used && line.domain == domain) return line;
      if (best->used && (!line.used || line.since < best->since)) best = &line;
    }
    if (best->used) finish(*best, print);
    best->used = true;
    best->domain = domain;
    best->since = ++count_;
    return *best;
  }

  std::array<Line, 8> lines_{};
  u64 count_ = 0;
};

}  // namespace xenolith
