// SPDX-License-Identifier: MIT
#pragma once

#include "core/console/console_sink.hpp"
#include "core/base/types.hpp"

namespace xenolith {

// The text screen of a VGA adapter in mode 3: 80 columns, 25 lines, characters and attributes in turn.
class VgaText final : public ConsoleSink {
 public:
  static constexpr u64 machine_address = 0xb8000;
  static constexpr unsigned columns = 80, rows = 25;
  static constexpr u64 size = columns * rows * 2;

  constexpr explicit VgaText(volatile u16* cells) : cells_{cells} {}
  void clear();
  void write(std::string_view text) override;

 private:
  static constexpr u16 blank = 0x0720;  // light grey on black
  void put(char c);
  void next_line();

  volatile u16* cells_;
  unsigned row_ = 0, column_ = 0;
};

}  // namespace xenolith
