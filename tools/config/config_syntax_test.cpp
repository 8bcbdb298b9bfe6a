// SPDX-License-Identifier: MIT
#include "tools/config/config_syntax.hpp"

#include <gtest/gtest.h>

#include "tools/config/test_expect.hpp"

namespace xenolith::tools {
namespace {

std::string message(std::string_view text) {
  return message_of([&] { parse_settings(text, "f"); });
}

TEST(ConfigSyntax, SettingsAndSeparators) {
  auto settings = parse_settings("a=1; b = \"two\"\n\n# comment\nc='th\\'ree' # more\nd=0x10", "f");
  ASSERT_EQ(settings.size(), 4u);
  EXPECT_EQ(settings[0].value.text, "1");
  EXPECT_EQ(settings[1].value.text, "two");
  EXPECT_EQ(settings[2].value.text, "th'ree");
  EXPECT_EQ(settings[2].line, 4);
  EXPECT_EQ(settings[3].value.text, "0x10");
}

TEST(ConfigSyntax, Lists) {
  auto settings = parse_settings("x = [ 'a', # first\n\n 'b',\n ['c', 4], ]\ny=[]", "f");
  ASSERT_EQ(settings.size(), 2u);
  ASSERT_EQ(settings[0].value.items.size(), 3u);
  EXPECT_EQ(settings[0].value.items[1].line, 3);
  EXPECT_EQ(settings[0].value.items[2].items[1].text, "4");
  EXPECT_TRUE(settings[1].value.is_list);
  EXPECT_EQ(settings[0].value.shown(), "[\"a\", \"b\", [\"c\", \"4\"]]");
}

TEST(ConfigSyntax, LaterReplacesAndAppendJoins) {
  auto settings = parse_settings("a='1'\nb=['x']\na='2'\na+='3'\nb+=['y']\nc+='new'", "f");
  ASSERT_EQ(settings.size(), 3u);
  EXPECT_EQ(settings[0].value.text, "23");
  EXPECT_EQ(settings[1].value.items.size(), 2u);
  EXPECT_EQ(settings[2].value.text, "new");
}

TEST(ConfigSyntax, Escapes) {
  EXPECT_EQ(parse_settings(R"(a="\x41\102\n\\\t")", "f")[0].value.text, "AB\n\\\t");
  EXPECT_NE(message(R"(a="\q")").find("unknown escape"), std::string::npos);
  EXPECT_NE(message(R"(a="\x00")").find("1 to 255"), std::string::npos);
}

TEST(ConfigSyntax, ErrorsHaveLines) {
  EXPECT_EQ(message("a=1\nb=two"), "f:2: b: expected a value, found \"two\" (texts need quotes)");
  EXPECT_EQ(message("a=1\nb"), "f:2: expected = after b, found the end of the file");
  EXPECT_EQ(message("a='x\nb=1"), "f:1: the text has no closing '");
  EXPECT_EQ(message("a=['x' 'y']"), "f:1: a: expected , or ] in the list, found \"y\"");
  EXPECT_EQ(message("a=[\n'x',"), "f:2: a: expected a value, found the end of the file");
  EXPECT_EQ(message("a=1 b=2"), "f:1: expected the end of the line, found \"b\"");
  EXPECT_EQ(message("a=1\n%"), "f:2: unexpected character \"%\"");
  EXPECT_EQ(message("a=[1]\na+='x'"), "f:2: a += needs a list, as in line 1");
  EXPECT_NE(message("a=" + std::string(100, '[')).find("nested too deeply"), std::string::npos);
}

TEST(ConfigSyntax, WindowsLinesAndByteOrderMark) {
  auto settings = parse_settings("\xef\xbb\xbf" "a=1\r\nb='x'\r\n", "f");
  ASSERT_EQ(settings.size(), 2u);
  EXPECT_EQ(settings[1].value.text, "x");
}

}  // namespace
}  // namespace xenolith::tools
