// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/argument_copy.hpp"

#include <gtest/gtest.h>

namespace xenolith::hvm {
namespace {

constexpr GuestVirtual base = ArgumentCopy::base;

TEST(ArgumentCopy, IsFoundWhereItLies) {
  ArgumentCopy copy;
  copy.set(u64{0x1122334455667788});
  EXPECT_EQ(copy.find(base, 8).size(), 8u);
  EXPECT_EQ(static_cast<u8>(copy.find(base + 7, 1)[0]), 0x11);
  copy.find(base, 1)[0] = std::byte{0};
  EXPECT_EQ(copy.get<u64>(), 0x1122334455667700u);
}

TEST(ArgumentCopy, EndsWithItsArgument) {
  ArgumentCopy copy;
  EXPECT_TRUE(copy.find(base, 1).empty());
  copy.set(u32{1});
  EXPECT_TRUE(copy.find(base, 5).empty());
  EXPECT_TRUE(copy.find(base + 4, 1).empty());
  EXPECT_TRUE(copy.find(GuestVirtual{base.raw() - 1}, 1).empty());
  EXPECT_TRUE(copy.find(base + ~u64{0}, 2).empty());
  EXPECT_TRUE(copy.find(base, ~size_t{0}).empty());
  copy.clear();
  EXPECT_TRUE(copy.find(base, 4).empty());
}

}  // namespace
}  // namespace xenolith::hvm
