// SPDX-License-Identifier: MIT
#include "core/console/timestamp.hpp"

#include <gtest/gtest.h>

#include <string>

namespace xenolith {
namespace {

std::string stamp(TimestampMode mode, TimestampSource source) {
  std::string text(64, '\0');
  text.resize(format_timestamp(text, mode, source));
  return text;
}

constexpr TimestampSource source{SystemTime{61'234'567'890}, {1'700'000'000, 900'000'000}, 0x1234};

TEST(Timestamp, Forms) {
  EXPECT_EQ(stamp(TimestampMode::none, source), "");
  EXPECT_EQ(stamp(TimestampMode::boot, source), "[   61.234567] ");
  EXPECT_EQ(stamp(TimestampMode::raw, source), "[0000000000001234] ");
  EXPECT_EQ(stamp(TimestampMode::date, source), "[2023-11-14 22:14:22] ");
  EXPECT_EQ(stamp(TimestampMode::datems, source), "[2023-11-14 22:14:22.134] ");
}

TEST(Timestamp, UnknownDateIsTimeSinceBoot) {
  EXPECT_EQ(stamp(TimestampMode::date, {SystemTime{1'000'000}, {0, 0}, 0}), "[    0.001000] ");
}

TEST(Timestamp, ParsesModes) {
  EXPECT_EQ(*parse_timestamp_mode("boot"), TimestampMode::boot);
  EXPECT_EQ(*parse_timestamp_mode(""), TimestampMode::date);
  EXPECT_EQ(*parse_timestamp_mode("yes"), TimestampMode::date);
  EXPECT_EQ(*parse_timestamp_mode("no"), TimestampMode::none);
  EXPECT_TRUE(parse_timestamp_mode("sometimes").failed());
}

}  // namespace
}  // namespace xenolith
