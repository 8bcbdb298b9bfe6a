// SPDX-License-Identifier: MIT
#include "tools/toolstack/vdev.hpp"

#include <gtest/gtest.h>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

TEST(Vdev, NumbersOfNames) {
  EXPECT_EQ(vdev_number("xvda"), 51712);
  EXPECT_EQ(vdev_number("xvda1"), 51713);
  EXPECT_EQ(vdev_number("xvdb"), 51728);
  EXPECT_EQ(vdev_number("xvdp15"), 51967);
  EXPECT_EQ(vdev_number("xvda16"), 1 << 28 | 16);
  EXPECT_EQ(vdev_number("xvdq"), 1 << 28 | 16 << 8);
  EXPECT_EQ(vdev_number("xvdaa"), 1 << 28 | 26 << 8);
  EXPECT_EQ(vdev_number("d0p0"), 51712);
  EXPECT_EQ(vdev_number("d536p37"), 1 << 28 | 536 << 8 | 37);
  EXPECT_EQ(vdev_number("sda"), 8 << 8);
  EXPECT_EQ(vdev_number("sdb3"), 8 << 8 | 19);
  EXPECT_EQ(vdev_number("hda"), 3 << 8);
  EXPECT_EQ(vdev_number("hdb"), 3 << 8 | 64);
  EXPECT_EQ(vdev_number("hdc"), 22 << 8);
  EXPECT_EQ(vdev_number("51712"), 51712);
  EXPECT_EQ(vdev_number("0xca00"), 51712);
}

TEST(Vdev, WhatIsNoDisk) {
  for (const char* name : {"", "xvd", "xvda01", "xvda256", "xvd1", "sdq", "hde", "sda16", "d1p", "dp1", "d1p256", "d-1p1",
                           "99999999999999", "-1", "xvda 1", "xvdzzzzzzzz", "ioemu:hda"})
    EXPECT_THROW(vdev_number(name), Error) << name;
}

TEST(Vdev, NamesOfNumbers) {
  for (const char* name : {"xvda", "xvda1", "xvdb", "xvdp15", "xvda16", "xvdq", "xvdaa", "xvdzz200"})
    EXPECT_EQ(vdev_name(vdev_number(name)), name);
  EXPECT_EQ(vdev_name(vdev_number("sdb1")), "xvdb1");
}

}  // namespace
}  // namespace xenolith::tools
