// SPDX-License-Identifier: MIT
#include "arch/x86/serial/vga_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace xenolith {
namespace {

struct VgaTextTest : ::testing::Test {
  VgaTextTest() { screen.clear(); }
  std::string row(unsigned number) const {
    std::string text;
    for (unsigned i = 0; i < VgaText::columns; ++i) text += static_cast<char>(cells[number * VgaText::columns + i]);
    return text.substr(0, text.find_last_not_of(' ') + 1);
  }

  std::vector<u16> cells = std::vector<u16>(VgaText::columns * VgaText::rows);
  VgaText screen{cells.data()};
};

TEST_F(VgaTextTest, WritesLines) {
  screen.write("one\ntwo\rT");
  EXPECT_EQ(row(0), "one");
  EXPECT_EQ(row(1), "Two");
}

TEST_F(VgaTextTest, WrapsLongLines) {
  screen.write(std::string(80, 'x') + "yz\n!");
  EXPECT_EQ(row(0), std::string(80, 'x'));
  EXPECT_EQ(row(1), "yz");
  EXPECT_EQ(row(2), "!");
}

TEST_F(VgaTextTest, Scrolls) {
  for (int i = 0; i < 30; ++i) screen.write(std::to_string(i) + "\n");
  EXPECT_EQ(row(0), "6");
  EXPECT_EQ(row(23), "29");
  EXPECT_EQ(row(24), "");
}

}  // namespace
}  // namespace xenolith
