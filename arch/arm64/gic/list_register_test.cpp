// SPDX-License-Identifier: MIT
#include "arch/arm64/gic/list_register.hpp"

#include <gtest/gtest.h>

#include <random>

namespace xenolith::gic {
namespace {

TEST(ListRegister, FieldsOfGicV2) {
  EXPECT_EQ(encode_v2({.intid = 40, .physical = 40, .priority = 0xa0, .pending = true, .hardware = true}),
            1u << 31 | 1u << 28 | 0x14u << 23 | 40u << 10 | 40u);
  EXPECT_EQ(encode_v2({.intid = 5, .priority = 0xf8, .source = 3, .active = true, .tell_end = true}),
            1u << 29 | 0x1fu << 23 | 1u << 19 | 3u << 10 | 5u);
}

TEST(ListRegister, FieldsOfGicV3) {
  EXPECT_EQ(encode_v3({.intid = 40, .physical = 41, .priority = 0xa0, .pending = true, .hardware = true, .group1 = true}),
            u64{1} << 62 | u64{1} << 61 | u64{1} << 60 | u64{0xa0} << 48 | u64{41} << 32 | 40u);
  EXPECT_EQ(encode_v3({.intid = 30, .active = true, .tell_end = true}), u64{1} << 63 | u64{1} << 41 | 30u);
}

TEST(ListRegister, SurvivesBothForms) {
  std::mt19937 random{1};
  for (int i = 0; i < 10'000; ++i) {
    ListRegister value{.intid = static_cast<u32>(random() % 1020), .priority = static_cast<u8>(random() & 0xf8),
                       .pending = random() % 2 != 0, .active = random() % 2 != 0, .hardware = random() % 2 != 0,
                       .group1 = random() % 2 != 0};
    if (value.hardware) value.physical = random() % 1020;
    else value.tell_end = random() % 2 != 0;
    EXPECT_EQ(decode_v3(encode_v3(value)), value);
    if (!value.hardware) value.source = random() % 8;
    EXPECT_EQ(decode_v2(encode_v2(value)), value);
  }
}

}  // namespace
}  // namespace xenolith::gic
