// SPDX-License-Identifier: MIT
#include "arch/x86/serial/vga_text.hpp"

namespace xenolith {

void VgaText::clear() {
  for (unsigned i = 0; i < rows * columns; ++i) cells_[i] = blank;
  row_ = column_ = 0;
}

void VgaText::write(std::string_view text) {
  for (char c : text) put(c);
}

void VgaText::put(char c) {
  if (c == '\n') return next_line();
  if (c == '\r') {
    column_ = 0;
    return;
  }
  if (column_ == columns) next_line();
  cells_[row_ * columns + column_++] = static_cast<u16>((blank & 0xff00) | static_cast<u8>(c));
}

void VgaText::next_line() {
  column_ = 0;
  if (++row_ < rows) return;
  --row_;
  for (unsigned i = 0; i < (rows - 1) * columns; ++i) cells_[i] = cells_[i + columns];
  for (unsigned i = (rows - 1) * columns; i < rows * columns; ++i) cells_[i] = blank;
}

}  // namespace xenolith
