// SPDX-License-Identifier: MIT
#include "tools/base/uuid.hpp"

#include <gtest/gtest.h>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

TEST(Uuid, TextAndBack) {
  Uuid uuid = Uuid::random();
  EXPECT_EQ(Uuid::parse(uuid.text()), uuid);
  EXPECT_EQ(Uuid::parse("00112233-4455-6677-8899-AABBccddeeff").text(), "00112233-4455-6677-8899-aabbccddeeff");
  EXPECT_EQ(Uuid::parse("00112233445566778899aabbccddeeff").bytes[15], 0xff);
  EXPECT_NE(Uuid::random(), Uuid::random());
}

TEST(Uuid, RefusesOtherText) {
  for (const char* text : {"", "0", "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-aabbccddeeffa",
                           "x0112233-4455-6677-8899-aabbccddeeff"})
    EXPECT_THROW(Uuid::parse(text), Error) << text;
}

}  // namespace
}  // namespace xenolith::tools
