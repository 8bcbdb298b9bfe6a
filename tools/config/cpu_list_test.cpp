// SPDX-License-Identifier: MIT
#include "tools/config/cpu_list.hpp"

#include <gtest/gtest.h>

#include "tools/config/test_expect.hpp"

namespace xenolith::tools {
namespace {

constexpr uint32_t nodes[] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2};

std::string resolved(std::string_view text) { return CpuList::parse(text).resolve(nodes).text(); }

TEST(CpuList, Forms) {
  EXPECT_EQ(resolved("0-3,5,^1"), "0,2-3,5");
  EXPECT_EQ(resolved("all"), "0-9");
  EXPECT_EQ(resolved("all,^7"), "0-6,8-9");
  EXPECT_EQ(resolved("nodes:0-2,^node:1"), "0-3,8-9");
  EXPECT_EQ(resolved("1,node:1,^6"), "1,4-5,7");
  EXPECT_EQ(resolved("all,^nodes:0-1"), "8-9");
  EXPECT_EQ(resolved(" 3 , 4 "), "3-4");
  EXPECT_EQ(resolved("12"), "12");
  EXPECT_TRUE(CpuList::parse("3,^3").resolve(nodes).empty());
}

TEST(CpuList, Plain) {
  EXPECT_TRUE(CpuList::parse("0-3,^2").is_plain());
  EXPECT_FALSE(CpuList::parse("all").is_plain());
  EXPECT_FALSE(CpuList::parse("0,node:1").is_plain());
  EXPECT_EQ(CpuList::of(CpuList::parse("1-3,7").resolve({})), CpuList::parse("1-3,7"));
}

TEST(CpuList, Errors) {
  EXPECT_EQ(message_of([] { CpuList::parse("3-1"); }), "the range \"3-1\" runs backwards");
  EXPECT_EQ(message_of([] { CpuList::parse("x"); }), "\"x\" is not a number from 0 to 4095");
  EXPECT_EQ(message_of([] { CpuList::parse(""); }), "a CPU or a range is missing");
  EXPECT_NE(message_of([] { CpuList::parse("1,"); }), "");
  EXPECT_NE(message_of([] { CpuList::parse("0-99999999"); }), "");
  EXPECT_NE(message_of([] { CpuList::parse("-1"); }), "");
}

}  // namespace
}  // namespace xenolith::tools
