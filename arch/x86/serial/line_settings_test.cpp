// SPDX-License-Identifier: MIT
#include "arch/x86/serial/line_settings.hpp"

#include <gtest/gtest.h>

namespace xenolith {
namespace {

TEST(LineSettings, Speed) {
  LineSettings settings = *LineSettings::parse("115200");
  EXPECT_EQ(settings.baud, 115200u);
  EXPECT_EQ(settings.divisor(), 1u);
  EXPECT_EQ(settings.line_control(), 0x03);
  EXPECT_EQ(LineSettings::parse("9600")->divisor(), 12u);
  EXPECT_EQ(LineSettings::parse("115200/3686400")->divisor(), 2u);
  EXPECT_EQ(LineSettings::parse("auto")->baud, 0u);
}

TEST(LineSettings, EverythingSaid) {
  LineSettings settings = *LineSettings::parse("9600,7e2,0x2f8,3");
  EXPECT_EQ(settings.line_control(), 0x02 | 0x04 | 0x18);
  EXPECT_EQ(*settings.io_base, 0x2f8);
  EXPECT_EQ(*settings.irq, 3);
}

TEST(LineSettings, PartsMayBeEmpty) {
  LineSettings settings = *LineSettings::parse(",,,0");
  EXPECT_EQ(settings.baud, 0u);
  EXPECT_FALSE(settings.io_base.has_value());
  EXPECT_EQ(*settings.irq, 0);
}

TEST(LineSettings, RefusesNonsense) {
  for (const char* bad : {"fast", "0", "-1", "115200/0", "1", "115200,8n", "115200,9n1", "115200,8x1", "115200,8n1,0",
                          "115200,8n1,0x10000", "115200,8n1,0x3f8,16", "115200,8n1,0x3f8,4,1"})
    EXPECT_TRUE(LineSettings::parse(bad).failed()) << bad;
}

}  // namespace
}  // namespace xenolith
