// SPDX-License-Identifier: MIT
#include "arch/x86/machine_end/sleep_type.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace xenolith {
namespace {

std::vector<u8> bytes(std::string text) { return {text.begin(), text.end()}; }
using namespace std::string_literals;

TEST(SleepType, ReadsThePackage) {
  EXPECT_EQ(find_soft_off(bytes("xx\x08_S5_\x12\x08\x04\x0a\x05\x0a\x06\x00\x00"s)), (SleepType{5, 6}));
  EXPECT_EQ(find_soft_off(bytes("\x08\\_S5_\x12\x06\x04\x00\x00\x00\x00"s)), (SleepType{0, 0}));
  EXPECT_EQ(find_soft_off(bytes("\x08_S5_\x12\x46\x00\x02\x01\x0a\x07"s)), (SleepType{1, 7}));
}

TEST(SleepType, SkipsOtherUsesOfTheName) {
  EXPECT_EQ(find_soft_off(bytes("_S5_ _S5_\x08_S5_\x14\x08_S5_\x12\x04\x02\x01\x01"s)), (SleepType{1, 1}));
  EXPECT_EQ(find_soft_off(bytes("\x08_S4_\x12\x04\x02\x01\x01"s)), std::nullopt);
}

TEST(SleepType, SurvivesTruncation) {
  std::vector<u8> whole = bytes("\x08_S5_\x12\x08\x04\x0a\x05\x0a\x06"s);
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_EQ(find_soft_off(std::vector<u8>(whole.begin(), whole.begin() + static_cast<long>(length))), std::nullopt);
}

}  // namespace
}  // namespace xenolith
