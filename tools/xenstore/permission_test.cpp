// SPDX-License-Identifier: MIT
#include "tools/xenstore/permission.hpp"

#include <gtest/gtest.h>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

TEST(Permission, TextAndBack) {
  for (const char* text : {"n0", "r1", "w32751", "b65535"}) EXPECT_EQ(Permission::parse(text).text(), text);
}

TEST(Permission, WrongTextIsAnError) {
  for (const char* text : {"", "r", "x1", "r-1", "r1 ", "r65536", "rr", "1"}) EXPECT_THROW(Permission::parse(text), Error) << text;
}

}  // namespace
}  // namespace xenolith::tools
