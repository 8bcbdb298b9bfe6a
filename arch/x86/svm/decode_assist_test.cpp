// SPDX-License-Identifier: MIT
#include "arch/x86/svm/decode_assist.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace xenolith::svm {
namespace {

TEST(LengthBetween, OfAnInstruction) {
  EXPECT_EQ(length_between(0x1000, 0x1001), 1);
  EXPECT_EQ(length_between(0x1000, 0x100f), 15);
}

TEST(LengthBetween, IsUnknownWithoutANextAddress) {
  EXPECT_EQ(length_between(0x1000, 0), 0);
  EXPECT_EQ(length_between(0x1000, 0x1000), 0);
  EXPECT_EQ(length_between(0x1000, 0x1010), 0);
  EXPECT_EQ(length_between(0x1000, 0xfff), 0);
}

TEST(LengthBetween, WrapsAtTheEndOfTheAddressSpace) { EXPECT_EQ(length_between(~u64{0} - 1, 1), 3); }

TEST(FetchedBytes, AsManyAsThereAre) {
  auto vmcb = std::make_unique<Vmcb>();
  EXPECT_TRUE(fetched_bytes(*vmcb).empty());
  vmcb->instruction_bytes_fetched = 3;
  vmcb->instruction_bytes[2] = 0x90;
  ASSERT_EQ(fetched_bytes(*vmcb).size(), 3u);
  EXPECT_EQ(fetched_bytes(*vmcb)[2], 0x90);
  vmcb->instruction_bytes_fetched = 0xff;  // bits 7:4 are reserved
  EXPECT_EQ(fetched_bytes(*vmcb).size(), 15u);
}

}  // namespace
}  // namespace xenolith::svm
