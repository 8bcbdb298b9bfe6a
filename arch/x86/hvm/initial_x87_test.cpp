// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/initial_x87.hpp"

#include <gtest/gtest.h>

#include <array>

namespace xenolith::hvm {
namespace {

std::array<u8, 512> initial() {
  std::array<u8, 512> area{};
  area[0] = 0x7f;
  area[1] = 0x03;
  return area;
}

TEST(InitialX87, RecognisesTheStateAfterFninit) { EXPECT_TRUE(is_initial_x87(initial())); }

TEST(InitialX87, EachByteOfTheX87PartCounts) {
  for (unsigned byte = 0; byte < 160; ++byte) {
    if (byte >= 24 && byte < 32) continue;  // MXCSR and its mask
    auto area = initial();
    area[byte] ^= 0x20;
    EXPECT_FALSE(is_initial_x87(area)) << byte;
  }
}

TEST(InitialX87, VectorStateDoesNotCount) {
  for (unsigned byte : {24u, 27u, 28u, 31u, 160u, 415u, 511u}) {
    auto area = initial();
    area[byte] = 0x80;
    EXPECT_TRUE(is_initial_x87(area)) << byte;
  }
}

}  // namespace
}  // namespace xenolith::hvm
